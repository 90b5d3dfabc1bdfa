package io.tideline.backplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tideline.testing.Needs;
import io.tideline.testing.Program;
import io.tideline.testing.TestBroker;
import io.tideline.testing.TestCertificate;
import io.vertx.core.Vertx;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Goal: a certificate that is trusted, but is another host's, opens no connection to a broker. */
class BrokerTlsTest {
  private static final String STORE = "javax.net.ssl.trustStore";
  private static final String STORE_PASSWORD = "javax.net.ssl.trustStorePassword";
  private static final Path DIRECTORY = Path.of("target/broker-tls");
  private static final Vertx VERTX = Vertx.vertx();
  private static TestCertificate ours;
  private static TestCertificate anothers;
  private static SSLContext before;

  /** What the JVM trusts is both. */
  @BeforeAll
  static void trust() throws Exception {
    ours = TestCertificate.make(DIRECTORY.resolve("ours.p12"));
    anothers = TestCertificate.make(DIRECTORY.resolve("anothers.p12"), "dns:broker.example");
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ours", ours.certificate());
    trusted.setCertificateEntry("anothers", anothers.certificate());
    Path store = DIRECTORY.resolve("trusted.p12");
    try (OutputStream out = Files.newOutputStream(store)) {
      trusted.store(out, TestCertificate.PASSWORD.toCharArray());
    }
    System.setProperty(STORE, store.toString());
    System.setProperty(STORE_PASSWORD, TestCertificate.PASSWORD);
    before = SSLContext.getDefault();
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, null, null);
    SSLContext.setDefault(context);
  }

  @AfterAll
  static void forget() {
    System.clearProperty(STORE);
    System.clearProperty(STORE_PASSWORD);
    SSLContext.setDefault(before);
    VERTX.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  @Needs(Program.REDIS)
  void redisMustBeTheHostThatWasAskedFor() throws Exception {
    try (TestBroker right = TestBroker.redis(ours);
        TestBroker wrong = TestBroker.redis(anothers)) {
      right.start();
      wrong.start();
      assertSpeaks(new RedisBroker(VERTX, "rediss://localhost:" + right.port(), "topic"));
      assertRefused(new RedisBroker(VERTX, "rediss://localhost:" + wrong.port(), "topic"));
    }
  }

  @Test
  @Needs(Program.NATS)
  void natsMustBeTheHostThatWasAskedFor() throws Exception {
    try (TestBroker right = TestBroker.nats(ours);
        TestBroker wrong = TestBroker.nats(anothers)) {
      right.start();
      wrong.start();
      assertSpeaks(new NatsBroker("tls://localhost:" + right.port(), "topic"));
      assertRefused(new NatsBroker("tls://localhost:" + wrong.port(), "topic"));
    }
  }

  private static void assertSpeaks(Broker broker) throws Exception {
    List<String> heard = new ArrayList<>();
    try (Broker.Consumer consumer = broker.connectConsumer();
        Broker.Producer producer = broker.connectProducer()) {
      producer.send(List.of("hello"));
      for (int i = 0; i < 10 && heard.isEmpty(); i++) {
        consumer.receive(heard::add);
      }
    }
    assertEquals(List.of("hello"), heard);
  }

  private static void assertRefused(Broker broker) {
    assertThrows(Exception.class, () -> broker.connectProducer().close());
    assertThrows(Exception.class, () -> broker.connectConsumer().close());
  }
}
