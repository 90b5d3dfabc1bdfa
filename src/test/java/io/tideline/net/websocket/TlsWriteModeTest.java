package io.tideline.net.websocket;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tideline.net.http.TlsTest;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.Slow;
import io.tideline.testing.TestCertificate;
import java.net.URI;
import javax.net.ssl.SSLContext;

/** The pipeline beneath the encoder, with TLS between it and the socket. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(TlsTest.Tls.class)
@Slow
class TlsWriteModeTest extends WriteModeContract {
  @TestHTTPResource(value = "/", tls = true)
  URI tls;

  @Override
  URI server() {
    return tls;
  }

  @Override
  SSLContext context() {
    return new TestCertificate(TlsTest.STORE).trusting();
  }
}
