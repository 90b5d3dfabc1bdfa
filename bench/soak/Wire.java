package soak;

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
 * The network between the clients and the server, which fails when told to: it cuts connections in
 * the middle of a frame, so that answers are lost whose publish was stored, or stops reading from
 * the server as a client does that hangs.
 *
 * <p>Two threads a connection: the soak has some dozens.
 */
final class Wire implements Closeable {
  /** Small, so that a stalled reader is felt by the server soon. */
  private static final int RECEIVE_BUFFER_BYTES = 16 * 1024;

  private final InetSocketAddress target;
  private final ServerSocket entrance;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();

  Wire(InetSocketAddress target) throws IOException {
    this.target = target;
    this.entrance = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
    Threads.daemon("wire", this::accept);
  }

  int port() {
    return entrance.getLocalPort();
  }

  /** Resets every connection, wherever its bytes are. */
  void cut() {
    links.forEach(Link::close);
  }

  /** Reads nothing from the server for half of the connections. */
  void stall(long millis, Random random) {
    long until = System.nanoTime() + millis * 1_000_000;
    for (Link link : links) {
      if (random.nextBoolean()) {
        link.stalledUntilNanos = until;
      }
    }
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

  private void connect(Socket client) {
    Socket server = new Socket();
    Link link = new Link(client, server);
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

  private static final class Link {
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
