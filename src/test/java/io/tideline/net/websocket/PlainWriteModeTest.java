package io.tideline.net.websocket;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tideline.testing.PostgresResource;
import java.util.Map;

@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(PlainWriteModeTest.Plain.class)
class PlainWriteModeTest extends WriteModeContract {
  /** Writes that way. */
  public static final class Plain implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "tideline.transport.way-out",
          "plain",
          "tideline.transport.web-socket.close-wait",
          CLOSE_WAIT.toString());
    }
  }
}
