package io.tideline.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.access.Identity;
import io.tideline.access.Rights;
import io.tideline.protocol.Problem;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);

  private void pass(long millis) {
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  private static Admission.Place in(Admission.Entry entry) {
    return assertInstanceOf(Admission.Entry.Admitted.class, entry).place();
  }

  private static void assertRefused(Problem why, Admission.Entry entry) {
    assertEquals(new Admission.Entry.Refused(why), entry);
  }

  @Test
  void letsInAsManyAsItMay() {
    Admission admission = new Admission(2, 10, 100, 100, TransportEvents.NONE, now::get);
    Admission.Place first = in(admission.enter("a", Identity.ANONYMOUS));
    in(admission.enter("b", Identity.ANONYMOUS));
    assertRefused(Problem.OVERLOADED, admission.enter("c", Identity.ANONYMOUS));
    first.leave();
    first.leave();
    assertEquals(1, admission.connections(), "who left twice left once");
    in(admission.enter("c", Identity.ANONYMOUS));
    assertRefused(Problem.OVERLOADED, admission.enter("d", Identity.ANONYMOUS));
  }

  @Test
  void letsInAsManyOfOneAddressAsItMay() {
    Admission admission = new Admission(10, 1, 100, 100, TransportEvents.NONE, now::get);
    Admission.Place first = in(admission.enter("a", Identity.ANONYMOUS));
    assertRefused(Problem.TOO_MANY_REQUESTS, admission.enter("a", Identity.ANONYMOUS));
    in(admission.enter("b", Identity.ANONYMOUS));
    first.leave();
    in(admission.enter("a", Identity.ANONYMOUS));
  }

  @Test
  void letsInAsFastAsItMay() {
    Admission admission = new Admission(100, 100, 100, 10, TransportEvents.NONE, now::get);
    for (int i = 0; i < 10; i++) {
      in(admission.enter("a", Identity.ANONYMOUS));
    }
    assertRefused(Problem.OVERLOADED, admission.enter("a", Identity.ANONYMOUS));
    assertEquals(10, admission.connections(), "who was refused holds no place");
    pass(100);
    in(admission.enter("a", Identity.ANONYMOUS));
    assertRefused(Problem.OVERLOADED, admission.enter("a", Identity.ANONYMOUS));
  }

  @Test
  void letsInAsManyOfOneSubjectAsItMay() {
    Admission admission = new Admission(10, 10, 1, 100, TransportEvents.NONE, now::get);
    Admission.Place first = in(admission.enter("a", identity("anna")));
    assertRefused(Problem.TOO_MANY_REQUESTS, admission.enter("b", identity("anna")));
    assertEquals(1, admission.connections(), "who was refused holds no place");
    in(admission.enter("a", identity("bert")));
    first.leave();
    in(admission.enter("a", identity("anna")));
  }

  @Test
  void whoSaysLaterWhoItIsIsCountedThen() {
    Admission admission = new Admission(10, 10, 1, 100, TransportEvents.NONE, now::get);
    Admission.Place first = in(admission.enter("a", Identity.ANONYMOUS));
    Admission.Place second = in(admission.enter("a", Identity.ANONYMOUS));
    assertTrue(first.become(identity("anna")));
    assertTrue(first.become(identity("anna")), "a new token of the same subject");
    assertFalse(second.become(identity("anna")));
    assertTrue(first.become(identity("bert")));
    assertTrue(second.become(identity("anna")));
    second.leave();
    assertTrue(first.become(identity("anna")));
  }

  private static Identity identity(String subject) {
    return new Identity(subject, null, Instant.MIN, Instant.MAX, Rights.NONE);
  }

  @Test
  void eachSubjectHasARateOfItsOwn() {
    PublishLimiter rates = new PublishLimiter(2, TransportEvents.NONE, now::get);
    assertTrue(rates.take("anna"));
    assertTrue(rates.take("anna"));
    assertFalse(rates.take("anna"));
    assertTrue(rates.take("bert"));
    pass(500);
    assertTrue(rates.take("anna"));
    assertFalse(rates.take("anna"));
    pass(10_000);
    assertTrue(rates.take("anna"));
    assertTrue(rates.take("anna"));
    assertFalse(rates.take("anna"), "a pause saves up no more than one second's worth");
  }
}
