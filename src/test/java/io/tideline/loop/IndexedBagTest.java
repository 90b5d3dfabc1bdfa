package io.tideline.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IndexedBagTest {
  private static final class Thing extends IndexedBag.Element {}

  /** Whatever comes and goes, what is inside is what a set would hold. */
  @Test
  void holdsWhatWasAddedAndNotRemoved() {
    Random random = new Random(5);
    IndexedBag<Thing> bag = new IndexedBag<>(1);
    Set<Thing> expected = new HashSet<>();
    List<Thing> all = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      if (all.isEmpty() || random.nextInt(3) > 0) {
        Thing thing = new Thing();
        all.add(thing);
        bag.add(thing);
        expected.add(thing);
      } else {
        Thing thing = all.get(random.nextInt(all.size()));
        assertEquals(expected.remove(thing), bag.remove(thing));
      }
      assertEquals(expected.size(), bag.size());
      assertEquals(expected, new HashSet<>(bag.asList()));
    }
  }

  @Test
  void oneThatWasRemovedMayComeAgain() {
    IndexedBag<Thing> bag = new IndexedBag<>(1);
    Thing thing = new Thing();
    assertFalse(bag.remove(thing));
    bag.add(thing);
    assertTrue(bag.remove(thing));
    assertFalse(bag.remove(thing));
    bag.add(thing);
    assertEquals(thing, bag.get(0));
    assertFalse(bag.isEmpty());
  }
}
