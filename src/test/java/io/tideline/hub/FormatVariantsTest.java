package io.tideline.hub;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tideline.stream.Publication;
import io.tideline.stream.Start;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Frames that repeat what the client named: shared by those who named the same. */
class FormatVariantsTest {
  private final AtomicInteger encoded = new AtomicInteger();
  private final FormatVariants<String> formats = new FormatVariants<>(Named::new);
  private final HubNode node = new HubNode();

  /** What a client named, and the payload. */
  private final class Named implements Format {
    private final String name;

    Named(String name) {
      this.name = name;
    }

    @Override
    public boolean isVariant() {
      return true;
    }

    @Override
    public byte[] encode(Publication publication) {
      encoded.incrementAndGet();
      return (name + new String(publication.payload().bytes(), US_ASCII)).getBytes(US_ASCII);
    }
  }

  private RecordingOutlet subscribe(HubNode to, int lane, String name) {
    RecordingOutlet outlet = new RecordingOutlet();
    SubscribeOptions options = SubscribeOptions.NONE.withFormat(formats.of(name));
    to.subscribe(to.connect(lane, outlet), HubNode.CATCH_UP, Start.NOW, options);
    return outlet;
  }

  @Test
  void whoNamedTheSameSharesFrames() {
    RecordingOutlet plain = new RecordingOutlet();
    node.subscribe(node.connect(plain), HubNode.CATCH_UP, Start.NOW);
    RecordingOutlet a = subscribe(node, 0, "a");
    RecordingOutlet b = subscribe(node, 0, "b");
    RecordingOutlet anotherA = subscribe(node, 0, "a");
    node.publish(HubNode.CATCH_UP, "1", "2");
    assertEquals(List.of("1", "2"), plain.received);
    assertEquals(List.of("a1", "a2"), a.received);
    assertEquals(List.of("b1", "b2"), b.received);
    assertSame(a.runs.get(0), anotherA.runs.get(0));
    assertNotSame(a.runs.get(0), b.runs.get(0));
    assertEquals(4, encoded.get());
  }

  @Test
  void lanesShareThemToo() {
    HubNode wide = new HubNode(2, HubNode.limits(100));
    RecordingOutlet one = subscribe(wide, 0, "a");
    RecordingOutlet two = subscribe(wide, 1, "a");
    wide.publish(HubNode.CATCH_UP, "1");
    assertEquals(List.of("a1"), one.received);
    assertSame(one.runs.get(0).frames()[0], two.runs.get(0).frames()[0]);
  }

  /** Each gets its own, and no publication keeps more than a few of them. */
  @Test
  void moreNamesThanAreKeptAreServedAllTheSame() {
    List<RecordingOutlet> outlets = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      outlets.add(subscribe(node, 0, "n" + i % 30 + " "));
    }
    node.publish(HubNode.CATCH_UP, "1");
    node.publish(HubNode.CATCH_UP, "2");
    for (int i = 0; i < 60; i++) {
      String name = "n" + i % 30 + " ";
      assertEquals(List.of(name + "1", name + "2"), outlets.get(i).received);
    }
  }

  @Test
  void aPublicationKeepsAFewVariantsAndEveryOtherFormat() {
    RecordingOutlet outlet = subscribe(node, 0, "first");
    node.publish(HubNode.CATCH_UP, "1");
    EncodedPublication entry = new EncodedPublication(outlet.runs.get(0).publications().get(0));
    List<Format> variants = new ArrayList<>();
    for (int i = 0; i <= EncodedPublication.VARIANTS_MAX; i++) {
      variants.add(formats.of("v" + i));
      entry.frame(variants.get(i));
    }
    for (int i = 0; i < EncodedPublication.VARIANTS_MAX; i++) {
      assertSame(entry.frame(variants.get(i)), entry.frame(variants.get(i)));
    }
    Format last = variants.get(EncodedPublication.VARIANTS_MAX);
    assertNotSame(entry.frame(last), entry.frame(last));
    Format plain = publication -> new byte[1];
    assertSame(entry.frame(plain), entry.frame(plain));
  }

  @Test
  void aNameIsForgottenOnceNobodyUsesIt() {
    Format kept = formats.of("kept");
    formats.of("gone");
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              System.gc();
              return formats.size() == 1;
            });
    assertSame(kept, formats.of("kept"));
  }

  @Test
  void aFormatThatWouldBeKeptWithoutABoundIsRefused() {
    FormatVariants<String> plain = new FormatVariants<>(name -> publication -> new byte[1]);
    assertThrows(IllegalArgumentException.class, () -> plain.of("a"));
  }
}
