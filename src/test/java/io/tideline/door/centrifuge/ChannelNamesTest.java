package io.tideline.door.centrifuge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.tideline.stream.Channel;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelNamesTest {
  /** Characters at which the mapping turns: of the alphabet, of the escape, and of neither. */
  private static final String[] PIECES = {
    "a", "Z", "0", "7E", "~", "~7E", ":", "cf:", "cf", "$", "#", "/", "é", "漢", "😀", "_", "@", ".", "-"
  };

  private final ChannelNames names = new ChannelNames("cf");

  @ParameterizedTest
  @CsvSource({
    "chat:42, chat:42",
    "chat/1, chat~2F1",
    "$secret, cf:~24secret",
    "_x, cf:_x",
    "a~b, a~7Eb",
    "cf:x, cf:cf:x",
    "dialog#1, dialog~231",
    "é, cf:~C3~A9",
  })
  void aNameStandsForAChannel(String name, String channel) {
    assertEquals(new Channel(channel), names.channel(name));
    assertEquals(name, names.name(new Channel(channel)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\ud800", "$\udc00"})
  void whatIsNoTextStandsForNone(String name) {
    assertNull(names.channel(name));
  }

  @Test
  void aNameThatIsTooLongStandsForNone() {
    assertEquals(new Channel("a".repeat(200)), names.channel("a".repeat(200)));
    assertNull(names.channel("a".repeat(201)));
    assertNull(names.channel("a" + "/".repeat(67)));
  }

  /** Not every channel is one that a foreign name stands for; it must have some name. */
  @ParameterizedTest
  @ValueSource(strings = {"a~", "a~2", "a~zz"})
  void aChannelThatNoNameStandsForHasItsOwn(String channel) {
    assertEquals(channel, names.name(new Channel(channel)));
  }

  /** Seeded, so that a failure comes again. */
  @Test
  void noTwoNamesStandForOneChannelAndEachComesBack() {
    Random random = new Random(20261201);
    Map<Channel, String> seen = new HashMap<>();
    for (int i = 0; i < 100_000; i++) {
      StringBuilder made = new StringBuilder();
      for (int length = 1 + random.nextInt(5); length > 0; length--) {
        made.append(PIECES[random.nextInt(PIECES.length)]);
      }
      String name = made.toString();
      Channel channel = names.channel(name);
      assertEquals(name, names.name(channel));
      assertEquals(name, seen.computeIfAbsent(channel, first -> name));
    }
  }
}
