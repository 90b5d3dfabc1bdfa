package io.tideline.backplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.stream.Announcement;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnnouncementJsonTest {
  private static final int CHARS_MAX = 7900;
  private static final Instant TIME = Instant.parse("2026-11-21T06:00:00.123456Z");

  private static Announcement.Entry entry(
      String channel, long head, int publications, int payloadBytes) {
    Channel name = new Channel(channel);
    List<Publication> list = new ArrayList<>();
    for (long offset = head - publications + 1; offset <= head; offset++) {
      list.add(publication(name, 77, offset, new byte[payloadBytes]));
    }
    return new Announcement.Entry(new ChannelState(name, 77, head, 1, 0), list);
  }

  private static Publication publication(Channel channel, long epoch, long offset, byte[] payload) {
    return new Publication(
        channel,
        epoch,
        offset,
        TIME,
        "paid",
        "änna",
        Map.of("a", "b"),
        new Payload("text/plain", payload),
        offset % 2 == 0 ? null : "connection-" + offset);
  }

  private static List<Announcement> roundTrip(Announcement announcement) {
    return AnnouncementJson.encode(announcement, CHARS_MAX).stream()
        .map(text -> decode(text).orElseThrow())
        .toList();
  }

  private static Optional<Announcement> decode(String text) {
    return AnnouncementJson.decode(text, "another", channel -> true);
  }

  @Test
  void readsNothingOfWhatItSaidItself() {
    String text =
        AnnouncementJson.encode(new Announcement("me", List.of(entry("a", 9, 3, 20))), CHARS_MAX)
            .get(0);
    assertEquals(
        Optional.of(new Announcement("me", List.of())),
        AnnouncementJson.decode(text, "me", channel -> true));
  }

  @Test
  void readsOnlyWhereAChannelStandsThatNobodyFollows() {
    Announcement announcement =
        new Announcement("n", List.of(entry("a", 9, 3, 20), entry("b", 4, 2, 20)));
    String text = AnnouncementJson.encode(announcement, CHARS_MAX).get(0);
    Announcement.Entry unread =
        new Announcement.Entry(announcement.entries().get(0).state(), List.of());
    assertEquals(
        Optional.of(new Announcement("n", List.of(unread, announcement.entries().get(1)))),
        AnnouncementJson.decode(text, "me", channel -> channel.name().equals("b")));
  }

  @Test
  void comesBackAsItWent() {
    Announcement announcement =
        new Announcement("node-ö", List.of(entry("a", 9, 3, 20), entry("b:1", 4, 0, 0)));
    assertEquals(List.of(announcement), roundTrip(announcement));
  }

  @Test
  void leavesOutPublicationsThatDoNotFitAndKeepsTheHead() {
    Announcement announcement =
        new Announcement("n", List.of(entry("a", 9, 3, 5000), entry("b", 4, 1, 10)));
    List<Announcement.Entry> heard =
        roundTrip(announcement).stream().flatMap(one -> one.entries().stream()).toList();
    assertEquals(9, heard.get(0).state().head());
    assertEquals(List.of(), heard.get(0).publications());
    assertEquals(announcement.entries().get(1), heard.get(1));
  }

  @Test
  void splitsWhatDoesNotFitIntoOneMessage() {
    List<Announcement.Entry> entries = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      entries.add(entry("channel:" + i, 1, 1, i % 300));
    }
    Announcement announcement = new Announcement("n", entries);
    List<String> texts = AnnouncementJson.encode(announcement, CHARS_MAX);
    assertTrue(texts.size() > 1);
    assertTrue(texts.stream().allMatch(text -> text.length() <= CHARS_MAX));
    assertTrue(texts.stream().allMatch(text -> text.chars().allMatch(c -> c < 0x80)), "ASCII");
    List<Announcement.Entry> heard =
        roundTrip(announcement).stream().flatMap(one -> one.entries().stream()).toList();
    assertEquals(entries, heard);
  }

  @Test
  void ephemeralPublicationsGoOneByOne() {
    Channel channel = new Channel("cursor");
    ChannelState state = new ChannelState(channel, Publication.EPHEMERAL_EPOCH, 2, 1, 0);
    List<Publication> both =
        List.of(
            publication(channel, 0, 1, new byte[6000]), publication(channel, 0, 2, new byte[6000]));
    List<Announcement> heard =
        roundTrip(new Announcement("n", List.of(new Announcement.Entry(state, both))));
    assertEquals(
        both,
        heard.stream()
            .flatMap(one -> one.entries().stream())
            .flatMap(e -> e.publications().stream())
            .toList());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"v\":2,\"node\":\"n\",\"news\":[]}",
        "{\"v\":1,\"news\":[]}",
        "{\"v\":1,\"node\":\"n\",\"news\":{}}",
        "{\"v\":1,\"node\":\"n\",\"news\":[{\"c\":\"../a\",\"e\":1,\"h\":1}]}",
        "{\"v\":1,\"node\":\"n\",\"news\":[{\"e\":1,\"h\":1}]}",
        "{\"v\":1,\"node\":\"n\",\"news\":[{\"c\":\"a\",\"e\":1,\"h\":1,\"m\":[{\"o\":0}]}]}",
        "{\"v\":1,\"node\":\"n\",\"news\":[{\"c\":\"a\",\"e\":1,\"h\":99999999999999999999}]}"
      })
  void doesNotUnderstandAnythingElse(String text) {
    assertEquals(Optional.empty(), decode(text));
  }

  @Test
  void neverThrowsAtWhatComesIn() {
    Random random = new Random(7);
    String good =
        AnnouncementJson.encode(new Announcement("n", List.of(entry("a", 9, 2, 9))), CHARS_MAX)
            .get(0);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = good.getBytes(StandardCharsets.UTF_8);
      for (int j = 0; j <= random.nextInt(4); j++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      var unused = decode(new String(bytes, StandardCharsets.ISO_8859_1));
    }
  }
}
