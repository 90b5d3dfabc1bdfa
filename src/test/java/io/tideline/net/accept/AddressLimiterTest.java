package io.tideline.net.accept;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.tideline.net.accept.AddressLimiter.Refusal;
import io.tideline.net.accept.AddressLimiter.Visit;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AddressLimiterTest {
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final InetAddress ONE = address("192.0.2.1");
  private static final InetAddress OTHER = address("192.0.2.2");
  private static final InetAddress PROXY = address("10.0.0.1");

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1);
  private final List<Refusal> refusals = new ArrayList<>();
  private final AddressLimiter gate =
      new AddressLimiter(2, PAUSE, PROXY::equals, refusals::add, now::get);

  @Test
  void letsSoManyInFromOneAddressAndOneMoreForEachThatLeaves() {
    Visit first = gate.enter(ONE);
    assertNotNull(gate.enter(ONE));
    assertNull(gate.enter(ONE));
    assertEquals(List.of(Refusal.CROWD), refusals);
    assertNotNull(gate.enter(OTHER));
    first.leave();
    assertNotNull(gate.enter(ONE));
    assertNull(gate.enter(ONE));
  }

  @Test
  void anAddressOfIpv6IsItsNetwork() {
    assertNotNull(gate.enter(address("2001:db8::1")));
    assertNotNull(gate.enter(address("2001:db8::2")));
    assertNull(gate.enter(address("2001:db8:0:0:ffff::1")));
    assertNotNull(gate.enter(address("2001:db8:0:1::1")));
  }

  @Test
  void letsNobodyNewInFromWhereFloodsComeUntilThePauseIsOver() {
    flood(ONE, AddressLimiter.FLOODS_FORGIVEN);
    enterAndLeave(ONE);
    flood(ONE, 1);
    assertNull(gate.enter(ONE));
    assertEquals(List.of(Refusal.FLOOD), refusals);
    enterAndLeave(OTHER);
    now.addAndGet(PAUSE.toNanos() - 1);
    assertNull(gate.enter(ONE));
    now.addAndGet(1);
    enterAndLeave(ONE);
  }

  @Test
  void aFloodASecondIsForgiven() {
    for (int i = 0; i < 100; i++) {
      flood(ONE, 1);
      now.addAndGet(TimeUnit.SECONDS.toNanos(1));
    }
    enterAndLeave(ONE);
  }

  @Test
  void whoCanBeManyIsLetInAlways() {
    for (int i = 0; i < 100; i++) {
      gate.enter(PROXY).flooded();
    }
    assertNotNull(gate.enter(PROXY));
  }

  @Test
  void withoutAPauseNobodyIsShutOut() {
    AddressLimiter mild =
        new AddressLimiter(2, Duration.ZERO, PROXY::equals, refusals::add, now::get);
    Visit visit = mild.enter(ONE);
    for (int i = 0; i < 100; i++) {
      visit.flooded();
    }
    assertNotNull(mild.enter(ONE));
  }

  private void flood(InetAddress from, int times) {
    for (int i = 0; i < times; i++) {
      Visit visit = gate.enter(from);
      visit.flooded();
      visit.leave();
    }
  }

  private void enterAndLeave(InetAddress from) {
    Visit visit = gate.enter(from);
    assertNotNull(visit, from.toString());
    visit.leave();
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException numbersAreKnown) {
      throw new AssertionError(numbersAreKnown);
    }
  }
}
