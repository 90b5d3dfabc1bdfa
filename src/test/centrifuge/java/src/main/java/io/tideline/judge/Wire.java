// SPDX-License-Identifier: Apache-2.0
package io.tideline.judge;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.HashSet;
import java.util.Set;

/** A stretch of wire before a node, which can be cut and mended. */
final class Wire implements AutoCloseable {

  private final URI far;
  private final ServerSocket listener;
  private final Set<Socket> open = new HashSet<>();
  private boolean isCut;

  Wire(String url) throws IOException {
    far = URI.create(url);
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  String url() {
    return "ws://127.0.0.1:" + listener.getLocalPort() + far.getPath();
  }

  private static void start(Runnable run) {
    Thread thread = new Thread(run);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket near = listener.accept();
        Socket other = new Socket(far.getHost(), far.getPort());
        if (keep(near, other)) {
          start(() -> carry(near, other));
          start(() -> carry(other, near));
        }
      } catch (IOException e) {
        // The listener was closed, or the node is away: the client tries again.
      }
    }
  }

  private synchronized boolean keep(Socket... both) throws IOException {
    for (Socket one : both) {
      if (isCut) {
        one.close();
      } else {
        open.add(one);
      }
    }
    return !isCut;
  }

  private static void carry(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // Cut.
    }
  }

  /** Ends what is connected; until it is mended, new connections end, too. */
  synchronized void cut() throws IOException {
    isCut = true;
    for (Socket one : open) {
      one.close();
    }
    open.clear();
  }

  synchronized void mend() {
    isCut = false;
  }

  @Override
  public void close() throws IOException {
    cut();
    listener.close();
  }
}
