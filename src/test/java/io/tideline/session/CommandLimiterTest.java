package io.tideline.session;

import static io.tideline.session.CommandLimiter.Verdict.ALLOWED;
import static io.tideline.session.CommandLimiter.Verdict.HOPELESS;
import static io.tideline.session.CommandLimiter.Verdict.REFUSED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tideline.stream.Channel;
import io.tideline.stream.Start;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CommandLimiterTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final CommandLimiter budget = new CommandLimiter(10, now::get);

  private void pass(long millis) {
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  private static int weight(int channels) {
    return new Command.Subscribe(
            1,
            Collections.nCopies(
                channels, new Command.Request.Valid(new Channel("c"), new Start.Now(), false)))
        .weight();
  }

  @Test
  void holdsTwoSecondsOfCommands() {
    for (int i = 0; i < 20; i++) {
      assertEquals(ALLOWED, budget.spend(1));
    }
    assertEquals(REFUSED, budget.spend(1));
    pass(300);
    assertEquals(ALLOWED, budget.spend(1), "three more, and one was owed");
  }

  @Test
  void countsTheChannelsOfASubscribe() {
    assertEquals(1, weight(1));
    assertEquals(65, weight(512));
    assertEquals(ALLOWED, budget.spend(weight(80)));
    assertEquals(REFUSED, budget.spend(weight(80)), "nine are left");
    assertEquals(ALLOWED, budget.spend(1), "but a small one fits");
  }

  @Test
  void aFullOneIsEnoughForAny() {
    assertEquals(ALLOWED, budget.spend(weight(512)));
    assertEquals(REFUSED, budget.spend(1));
    pass(2_100);
    assertEquals(ALLOWED, budget.spend(weight(512)));
  }

  @Test
  void givesUpWhoDoesNotListen() {
    for (int i = 0; i < 40; i++) {
      budget.spend(1);
    }
    assertEquals(HOPELESS, budget.spend(1));
  }
}
