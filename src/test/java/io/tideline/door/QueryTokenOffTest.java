package io.tideline.door;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tideline.door.CarriedRequest.Carrier;
import io.tideline.door.CarriedRequest.Transport;
import io.tideline.testing.CommonProfile;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.TestTokens;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** As nobody asked for it: a token in {@code ?access_token=} opens nothing, and spoils nothing. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(CommonProfile.class)
class QueryTokenOffTest {
  @TestHTTPResource("/")
  URI base;

  @ParameterizedTest
  @EnumSource
  void isNotLookedAt(Transport transport) throws IOException {
    for (String token : List.of(TestTokens.all(), "x")) {
      assertEquals(CarriedRequest.LET_IN, attempt(transport, token, "lobby:carried"));
      assertEquals("unauthenticated", attempt(transport, token, "carried:1"));
    }
  }

  private String attempt(Transport transport, String token, String channel) throws IOException {
    return new CarriedRequest(base.getPort())
        .with(Carrier.QUERY, token)
        .attempt(transport, channel);
  }
}
