package io.tideline.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The network between a client and a server: bytes pass until a test cuts it or lets it go dead.
 */
public final class Wire implements AutoCloseable {
  private static final int BACKLOG = 64;
  private static final int BUFFER_BYTES = 16_384;

  private final InetSocketAddress server;
  private final ServerSocket entrance;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile boolean isCut;
  private volatile long delayMillis;

  public Wire(URI server) throws IOException {
    this.server = new InetSocketAddress(server.getHost(), server.getPort());
    this.entrance = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    threads.execute(this::acceptAll);
  }

  /** Where clients find the server. */
  public URI url() {
    return URI.create("http://127.0.0.1:" + entrance.getLocalPort());
  }

  /** Closes what is open, and whatever comes until {@link #mend}. */
  public void cut() {
    isCut = true;
    links.forEach(Link::close);
  }

  public void mend() {
    isCut = false;
  }

  /** From now on whatever is sent arrives so much later, in both directions. */
  public void delay(long millis) {
    delayMillis = millis;
  }

  /**
   * Of the connections that are open nothing arrives any more, and neither end is told, as behind a
   * router that has forgotten them. New ones work.
   */
  public void goDead() {
    links.forEach(Link::goDead);
  }

  @Override
  public void close() throws IOException {
    entrance.close();
    links.forEach(Link::close);
    threads.shutdownNow();
  }

  private void acceptAll() {
    while (!entrance.isClosed()) {
      try {
        accept(entrance.accept());
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void accept(Socket client) throws IOException {
    if (isCut) {
      client.close();
      return;
    }
    Socket behind = new Socket();
    Link link = new Link(client, behind);
    try {
      behind.connect(server);
    } catch (IOException away) {
      link.close();
      return;
    }
    links.add(link);
    threads.execute(() -> link.pump(client, behind));
    threads.execute(() -> link.pump(behind, client));
  }

  private final class Link {
    private final Socket client;
    private final Socket behind;
    private volatile boolean isDead;

    Link(Socket client, Socket behind) {
      this.client = client;
      this.behind = behind;
    }

    void pump(Socket from, Socket to) {
      byte[] buffer = new byte[BUFFER_BYTES];
      try {
        for (int read = from.getInputStream().read(buffer);
            read >= 0;
            read = from.getInputStream().read(buffer)) {
          Thread.sleep(delayMillis);
          if (!isDead) {
            to.getOutputStream().write(buffer, 0, read);
          }
        }
      } catch (IOException | InterruptedException broken) {
        // As at the end of the stream: both sides learn of it.
      }
      if (!isDead) {
        close();
      }
    }

    void goDead() {
      isDead = true;
    }

    void close() {
      links.remove(this);
      try {
        client.close();
        behind.close();
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }
  }
}
