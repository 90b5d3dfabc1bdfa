package parts;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The network between a client and a server, which fails when told to: it cuts connections in the
 * middle of a frame, so that answers are lost whose publish was stored, stops reading from the
 * server as a client does that hangs, or carries nothing at all.
 *
 * <p>Two threads a connection: there are some hundreds.
 */
public final class Wire implements Closeable {
  /** Small, so that a stalled reader is felt by the server soon. */
  private static final int RECEIVE_BUFFER_BYTES = 16 * 1024;

  private final InetSocketAddress target;
  private final ServerSocket entrance;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private volatile long refusedUntilNanos = System.nanoTime();
  private volatile long heldUntilNanos = System.nanoTime();

  public Wire(InetSocketAddress target) throws IOException {
    this.target = target;
    this.entrance = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
    Threads.daemon("wire", this::accept);
  }

  public int port() {
    return entrance.getLocalPort();
  }

  /** Resets every connection, wherever its bytes are. */
  public void cut() {
    links.forEach(Link::close);
  }

  /** Reads nothing from the server for half of the connections. */
  public void stall(long millis, Random random) {
    long until = System.nanoTime() + millis * 1_000_000;
    for (Link link : links) {
      if (random.nextBoolean()) {
        link.stalledUntilNanos = until;
      }
    }
  }

  /** Resets every connection and every new one, as where nobody listens. */
  public void refuse(long millis) {
    refusedUntilNanos = System.nanoTime() + millis * 1_000_000;
    cut();
  }

  /** Carries nothing in either direction, and closes nothing, as a network that drops packets. */
  public void hold(long millis) {
    heldUntilNanos = System.nanoTime() + millis * 1_000_000;
  }

  @Override
  public void close() throws IOException {
    entrance.close();
    cut();
  }

  private void accept() {
    while (!entrance.isClosed()) {
      try {
        Socket client = entrance.accept();
        Threads.daemon("link", () -> connect(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private boolean isHeld() {
    return heldUntilNanos - System.nanoTime() > 0;
  }

  private void connect(Socket client) {
    while (isHeld()) {
      Threads.pause(50);
    }
    Socket server = new Socket();
    Link link = new Link(client, server);
    if (refusedUntilNanos - System.nanoTime() > 0) {
      link.close();
      return;
    }
    try {
      server.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
      server.connect(target, 5_000);
      server.setTcpNoDelay(true);
      client.setTcpNoDelay(true);
    } catch (IOException e) {
      link.close();
      return;
    }
    links.add(link);
    Threads.daemon("link-up", link::up);
    link.down();
    links.remove(link);
  }

  private final class Link {
    private final Socket client;
    private final Socket server;
    private volatile long stalledUntilNanos = System.nanoTime();

    Link(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void up() {
      pump(client, server, false);
    }

    void down() {
      pump(server, client, true);
    }

    private void pump(Socket from, Socket to, boolean stalls) {
      byte[] buffer = new byte[8 * 1024];
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          while (isHeld()) {
            Threads.pause(50);
          }
          out.write(buffer, 0, n);
          while (stalls && stalledUntilNanos - System.nanoTime() > 0) {
            Threads.pause(50);
          }
        }
        to.shutdownOutput();
      } catch (IOException cut) {
        close();
      }
      if (stalls) {
        close();
      }
    }

    void close() {
      for (Socket socket : new Socket[] {client, server}) {
        try {
          socket.setSoLinger(true, 0);
          socket.close();
        } catch (IOException alreadyClosed) {
          // what was to be reached is reached
        }
      }
    }
  }
}
