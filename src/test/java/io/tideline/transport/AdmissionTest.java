package io.tideline.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.protocol.Problem;
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
    Admission admission = new Admission(2, 10, 100, now::get);
    Admission.Place first = in(admission.enter("a"));
    in(admission.enter("b"));
    assertRefused(Problem.OVERLOADED, admission.enter("c"));
    first.leave();
    first.leave();
    assertEquals(1, admission.connections(), "who left twice left once");
    in(admission.enter("c"));
    assertRefused(Problem.OVERLOADED, admission.enter("d"));
  }

  @Test
  void letsInAsManyOfOneAddressAsItMay() {
    Admission admission = new Admission(10, 1, 100, now::get);
    Admission.Place first = in(admission.enter("a"));
    assertRefused(Problem.TOO_MANY_REQUESTS, admission.enter("a"));
    in(admission.enter("b"));
    first.leave();
    in(admission.enter("a"));
  }

  @Test
  void letsInAsFastAsItMay() {
    Admission admission = new Admission(100, 100, 10, now::get);
    for (int i = 0; i < 10; i++) {
      in(admission.enter("a"));
    }
    assertRefused(Problem.OVERLOADED, admission.enter("a"));
    assertEquals(10, admission.connections(), "who was refused holds no place");
    pass(100);
    in(admission.enter("a"));
    assertRefused(Problem.OVERLOADED, admission.enter("a"));
  }

  @Test
  void eachSubjectHasARateOfItsOwn() {
    PublishRates rates = new PublishRates(2, now::get);
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
