package io.tideline.net.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.quarkus.tls.CertificateUpdatedEvent;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.tideline.testing.CommonProfile;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.TestCertificate;
import io.tideline.testing.TestClient;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** HTTPS as the TLS registry sets it up. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(TlsTest.Tls.class)
public class TlsTest {
  public static final Path STORE = Path.of("target", "tls-test.p12").toAbsolutePath();

  /** RFC 4346, 7.4.1.2: ECDHE_ECDSA with AES, and the curves of our certificates. */
  private static final String TLS_1_1_HELLO =
      ("16 0301 0041 01 00003d 0302" + "00".repeat(32) + "00 0002 c009 01 00")
          .concat("0012 000a 0008 0006 0017 0018 0019 000b 0002 01 00")
          .replace(" ", "");

  private static final byte ALERT = 21;
  private static final byte PROTOCOL_VERSION = 70;

  @TestHTTPResource(value = "/", tls = true)
  URI tls;

  @TestHTTPResource("/")
  URI plain;

  @Inject TlsConfigurationRegistry registry;
  @Inject Event<CertificateUpdatedEvent> updated;

  @ParameterizedTest
  @EnumSource(Version.class)
  void speaksWhatTheClientOffersAndKeepsBrowsersThere(Version version) throws Exception {
    HttpResponse<String> answer = get(new TestCertificate(STORE), version, tls);
    assertEquals(version, answer.version());
    assertEquals(401, answer.statusCode());
    assertEquals(
        Optional.of("max-age=31536000"), answer.headers().firstValue("Strict-Transport-Security"));
  }

  @Test
  void plainHttpSaysNothingOfHttps() throws Exception {
    HttpResponse<String> answer = get(new TestCertificate(STORE), Version.HTTP_1_1, plain);
    assertEquals(Optional.empty(), answer.headers().firstValue("Strict-Transport-Security"));
  }

  @Test
  void aProxyThatSaysHttpsIsBelieved() throws Exception {
    TestClient client = TestClient.of(plain.getPort(), null);
    HttpResponse<String> answer =
        client.get(TestClient.messages("tls:1"), Map.of("X-Forwarded-Proto", "https"));
    assertEquals(
        Optional.of("max-age=31536000"), answer.headers().firstValue("Strict-Transport-Security"));
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aNewCertificateIsServedWithoutARestart(Version version) throws Exception {
    TestCertificate before = new TestCertificate(STORE);
    var old = before.certificate();
    var trustingOld = before.trusting();
    try (SSLSocket open = connect(trustingOld)) {
      TestCertificate after = TestCertificate.make(STORE);
      assertNotEquals(old, after.certificate());
      TlsConfiguration config = registry.getDefault().orElseThrow();
      config.reload();
      updated.fire(new CertificateUpdatedEvent("<default>", config));
      assertEquals(401, get(after, version, tls).statusCode());
      assertThrows(SSLHandshakeException.class, () -> connect(trustingOld));
      open.getOutputStream()
          .write("GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
      assertEquals('H', open.getInputStream().read(), "what is open goes on");
    }
  }

  /** By hand, as no library offers it any more. */
  @Test
  void oldProtocolsAreRefused() throws IOException {
    try (Socket socket = new Socket(tls.getHost(), tls.getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(HexFormat.of().parseHex(TLS_1_1_HELLO));
      byte[] answer = socket.getInputStream().readNBytes(7);
      assertEquals(ALERT, answer[0]);
      assertEquals(PROTOCOL_VERSION, answer[6]);
    }
  }

  private SSLSocket connect(SSLContext context) throws IOException {
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(tls.getHost(), tls.getPort());
    socket.setSoTimeout(10_000);
    socket.startHandshake();
    return socket;
  }

  private static HttpResponse<String> get(TestCertificate trusted, Version version, URI base)
      throws IOException, InterruptedException {
    HttpClient http =
        HttpClient.newBuilder().version(version).sslContext(trusted.trusting()).build();
    return http.send(
        HttpRequest.newBuilder(base.resolve("/v1/channels/tls:1/messages")).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** A server with a certificate of its own making. */
  public static final class Tls implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      TestCertificate.make(STORE);
      return Map.of(
          "quarkus.tls.key-store.p12.path",
          STORE.toString(),
          "quarkus.tls.key-store.p12.password",
          TestCertificate.PASSWORD,
          "quarkus.http.test-ssl-port",
          "0",
          "tideline.transport.web-socket.close-wait",
          CommonProfile.CLOSE_WAIT.toString(),
          "quarkus.http.proxy.proxy-address-forwarding",
          "true",
          "quarkus.http.proxy.trusted-proxies",
          "127.0.0.1");
    }
  }
}
