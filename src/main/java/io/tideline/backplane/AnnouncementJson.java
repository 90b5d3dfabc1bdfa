package io.tideline.backplane;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.tideline.stream.Announcement;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Announcements as text, so that every connector can carry them.
 *
 * <pre>
 * {"v":1,"node":"…","news":[ entry … ]}
 * entry:       {"c":name,"e":epoch,"h":head,"f":first,"p":purgedThrough,"m":[ publication … ]}
 * publication: {"o":offset,"t":microseconds,"y":type,"s":sender,"c":contentType,"r":origin,"h":{…},"d":base64}
 * </pre>
 *
 * What is null or empty is left out. A reader drops a version that it doesn't know, and passes over
 * members that it doesn't know.
 */
final class AnnouncementJson {
  private static final int VERSION = 1;
  private static final int FRAME_CHARS = 32;
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private AnnouncementJson() {}

  /**
   * Messages of at most {@code charsMax} ASCII characters, except where one ephemeral publication
   * alone is longer. A channel whose publications don't fit is announced without them.
   */
  static List<String> encode(Announcement announcement, int charsMax) {
    int room = charsMax - FRAME_CHARS - 6 * announcement.node().length();
    List<String> messages = new ArrayList<>();
    StringBuilder news = new StringBuilder();
    for (String entry : entries(announcement, room)) {
      if (news.length() > 0 && news.length() + 1 + entry.length() > room) {
        messages.add(message(announcement.node(), news));
        news.setLength(0);
      }
      news.append(news.length() == 0 ? "" : ",").append(entry);
    }
    if (news.length() > 0) {
      messages.add(message(announcement.node(), news));
    }
    return messages;
  }

  private static List<String> entries(Announcement announcement, int room) {
    List<String> entries = new ArrayList<>();
    for (Announcement.Entry entry : announcement.entries()) {
      if (entry.isEphemeral()) {
        entry
            .publications()
            .forEach(publication -> entries.add(entry(entry.state(), List.of(publication))));
      } else {
        int payloads =
            entry.publications().stream()
                .mapToInt(publication -> publication.payload().length())
                .sum();
        String whole = payloads > room ? null : entry(entry.state(), entry.publications());
        entries.add(
            whole == null || whole.length() > room ? entry(entry.state(), List.of()) : whole);
      }
    }
    return entries;
  }

  private static String message(String node, StringBuilder news) {
    return write(
        json -> {
          json.writeStartObject();
          json.writeNumberField("v", VERSION);
          json.writeStringField("node", node);
          json.writeFieldName("news");
          json.writeRawValue("[" + news + "]");
          json.writeEndObject();
        });
  }

  private static String entry(ChannelState state, List<Publication> publications) {
    return write(
        json -> {
          json.writeStartObject();
          json.writeStringField("c", state.channel().name());
          json.writeNumberField("e", state.epoch());
          json.writeNumberField("h", state.head());
          json.writeNumberField("f", state.first());
          json.writeNumberField("p", state.purgedThrough());
          if (!publications.isEmpty()) {
            json.writeArrayFieldStart("m");
            for (Publication publication : publications) {
              write(json, publication);
            }
            json.writeEndArray();
          }
          json.writeEndObject();
        });
  }

  private static void write(JsonGenerator json, Publication publication) throws IOException {
    json.writeStartObject();
    json.writeNumberField("o", publication.offset());
    json.writeNumberField("t", ChronoUnit.MICROS.between(Instant.EPOCH, publication.time()));
    writeUnlessNull(json, "y", publication.type());
    writeUnlessNull(json, "s", publication.sender());
    writeUnlessNull(json, "c", publication.payload().contentType());
    writeUnlessNull(json, "r", publication.origin());
    if (!publication.headers().isEmpty()) {
      json.writeObjectFieldStart("h");
      for (Map.Entry<String, String> header : publication.headers().entrySet()) {
        json.writeStringField(header.getKey(), header.getValue());
      }
      json.writeEndObject();
    }
    json.writeBinaryField("d", publication.payload().bytes());
    json.writeEndObject();
  }

  private static void writeUnlessNull(JsonGenerator json, String name, String value)
      throws IOException {
    if (value != null) {
      json.writeStringField(name, value);
    }
  }

  private static String write(Body body) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      body.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException("a StringWriter never fails", e);
    }
    return out.toString();
  }

  private interface Body {
    void write(JsonGenerator json) throws IOException;
  }

  /**
   * Empty if this is no announcement that this version understands. What {@code self} wrote comes
   * without its news, and a channel that isn't followed without its publications: a node hears
   * everything and needs little of it.
   */
  static Optional<Announcement> decode(String text, String self, Predicate<Channel> isFollowed) {
    try (JsonParser json = JSON.createParser(text)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        return Optional.empty();
      }
      return Optional.ofNullable(announcement(json, self, isFollowed));
    } catch (IOException | IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }

  private static Announcement announcement(
      JsonParser json, String self, Predicate<Channel> isFollowed) throws IOException {
    long version = 0;
    String node = null;
    List<Announcement.Entry> news = List.of();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      switch (name) {
        case "v" -> version = json.getLongValue();
        case "node" -> node = json.getText();
        case "news" -> {
          if (version == VERSION && self.equals(node)) {
            return new Announcement(node, List.of());
          }
          news = list(json, entry -> entry(entry, isFollowed));
        }
        default -> json.skipChildren();
      }
    }
    return version == VERSION && node != null ? new Announcement(node, news) : null;
  }

  private static Announcement.Entry entry(JsonParser json, Predicate<Channel> isFollowed)
      throws IOException {
    Channel channel = null;
    long epoch = 0;
    long head = 0;
    long first = 1;
    long purgedThrough = 0;
    List<RawPublication> raw = List.of();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      switch (name) {
        case "c" -> channel = new Channel(json.getText());
        case "e" -> epoch = json.getLongValue();
        case "h" -> head = json.getLongValue();
        case "f" -> first = json.getLongValue();
        case "p" -> purgedThrough = json.getLongValue();
        case "m" -> {
          if (channel != null && !isFollowed.test(channel)) {
            json.skipChildren();
          } else {
            raw = list(json, AnnouncementJson::publication);
          }
        }
        default -> json.skipChildren();
      }
    }
    ChannelState state = new ChannelState(channel(channel), epoch, head, first, purgedThrough);
    return new Announcement.Entry(state, raw.stream().map(one -> one.in(state)).toList());
  }

  private static Channel channel(Channel channel) {
    if (channel == null) {
      throw new IllegalArgumentException("news without a channel");
    }
    return channel;
  }

  private static RawPublication publication(JsonParser json) throws IOException {
    long offset = 0;
    long micros = 0;
    String type = null;
    String sender = null;
    String contentType = null;
    String origin = null;
    Map<String, String> headers = new HashMap<>();
    byte[] data = new byte[0];
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      switch (name) {
        case "o" -> offset = json.getLongValue();
        case "t" -> micros = json.getLongValue();
        case "y" -> type = json.getText();
        case "s" -> sender = json.getText();
        case "c" -> contentType = json.getText();
        case "r" -> origin = json.getText();
        case "h" -> headers = headers(json);
        case "d" -> data = json.getBinaryValue();
        default -> json.skipChildren();
      }
    }
    return new RawPublication(
        offset, micros, type, sender, headers, new Payload(contentType, data), origin);
  }

  /** A publication before it is known which channel it is in. */
  private record RawPublication(
      long offset,
      long micros,
      String type,
      String sender,
      Map<String, String> headers,
      Payload payload,
      @Nullable String origin) {
    Publication in(ChannelState state) {
      Instant time = Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
      return new Publication(
          state.channel(), state.epoch(), offset, time, type, sender, headers, payload, origin);
    }
  }

  private static Map<String, String> headers(JsonParser json) throws IOException {
    Map<String, String> headers = new HashMap<>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      headers.put(name, json.getText());
    }
    return Map.copyOf(headers);
  }

  private static <T> List<T> list(JsonParser json, Element<T> element) throws IOException {
    List<T> list = new ArrayList<>();
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw new IllegalArgumentException("a list begins with '['");
    }
    while (json.nextToken() == JsonToken.START_OBJECT) {
      list.add(element.read(json));
    }
    return list;
  }

  private interface Element<T> {
    T read(JsonParser json) throws IOException;
  }
}
