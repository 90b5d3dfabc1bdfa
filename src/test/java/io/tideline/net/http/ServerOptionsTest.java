package io.tideline.net.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.smallrye.config.SmallRyeConfigBuilder;
import io.tideline.net.accept.ClientCertificates;
import io.tideline.net.websocket.TransportConfig;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerOptionsTest {
  private final TransportConfig config =
      new SmallRyeConfigBuilder()
          .withMapping(TransportConfig.class, "tideline.transport")
          .addDiscoveredConverters()
          .build()
          .getConfigMapping(TransportConfig.class, "tideline.transport");

  @ParameterizedTest
  @CsvSource({
    "NONE, NONE, NONE",
    "REQUESTED, NONE, REQUEST",
    "REQUIRED, NONE, REQUIRED",
    "REQUIRED, REQUEST, REQUIRED",
    "NONE, REQUEST, REQUEST",
    "REQUESTED, REQUIRED, REQUIRED"
  })
  void clientsAreAskedForTheStricterOfWhatIsConfiguredAndBuiltIn(
      ClientCertificates configured, ClientAuth builtIn, ClientAuth expected) {
    HttpServerOptions options = new HttpServerOptions().setClientAuth(builtIn);
    new ServerOptions(config, configured).customizeHttpsServer(options);
    assertEquals(expected, options.getClientAuth());
  }
}
