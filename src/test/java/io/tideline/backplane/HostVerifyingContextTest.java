package io.tideline.backplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tideline.testing.TestCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

class HostVerifyingContextTest {
  private final TestCertificate certificate =
      TestCertificate.make(Path.of("target/broker-tls/keys.p12"));

  @Test
  void aCertificateCountsForItsOwnHost() throws Exception {
    assertEquals("TLSv1.3", handshake("localhost"));
  }

  @Test
  void aCertificateOfAnotherHostIsRefused() {
    assertThrows(SSLException.class, () -> handshake("broker.example"));
  }

  /** Over a connection that is there already, as the client of NATS does it. */
  private String handshake(String host) throws Exception {
    try (SSLServerSocket listening =
            (SSLServerSocket)
                server()
                    .getServerSocketFactory()
                    .createServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), listening.getLocalPort())) {
      Thread answering = new Thread(() -> answer(listening));
      answering.start();
      SSLContext context = HostVerifyingContext.of(certificate.trusting());
      try (SSLSocket socket =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(plain, host, listening.getLocalPort(), true)) {
        socket.setUseClientMode(true);
        socket.startHandshake();
        return socket.getSession().getProtocol();
      } finally {
        answering.join();
      }
    }
  }

  private static void answer(SSLServerSocket listening) {
    try (SSLSocket socket = (SSLSocket) listening.accept()) {
      socket.startHandshake();
    } catch (IOException refused) {
      // The client says why.
    }
  }

  private SSLContext server() throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(certificate.store())) {
      keys.load(in, TestCertificate.PASSWORD.toCharArray());
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, TestCertificate.PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), null, null);
    return context;
  }
}
