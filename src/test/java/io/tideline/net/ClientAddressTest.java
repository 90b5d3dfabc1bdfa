package io.tideline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientAddressTest {
  @ParameterizedTest
  @CsvSource({
    "2001:db8:1:2::1, 2001:db8:1:2:ffff:ffff:ffff:ffff, true",
    "2001:db8:1:2::1, 2001:db8:1:3::1, false",
    "192.0.2.1, 192.0.2.2, false",
    "::ffff:192.0.2.1, ::ffff:192.0.2.2, false",
    "unknown, _gazonk, false",
  })
  void takesANetworkOfIpv6ForOneClient(String one, String other, boolean isOne) {
    assertEquals(isOne, ClientAddress.network(one).equals(ClientAddress.network(other)));
  }
}
