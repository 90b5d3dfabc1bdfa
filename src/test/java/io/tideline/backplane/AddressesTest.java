package io.tideline.backplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "redis://host:6379 | redis://host:6379",
        "redis://:secret@host | redis://host",
        "amqps://user:secret@host:5671/vhost | amqps://host:5671/vhost",
        "nats://a:b@one:4222,tls://c@two | nats://one:4222,tls://two",
        "redis://:a,b@host | redis://host",
        "amqp://u:ab/cd@host | amqp://host",
        "can't reach [nats://a:b@one, nats://c:d@two] | can't reach [nats://one, nats://two]"
      })
  void credentialsStayOutOfLogs(String address, String shown) {
    assertEquals(shown, Addresses.withoutCredentials(address));
  }
}
