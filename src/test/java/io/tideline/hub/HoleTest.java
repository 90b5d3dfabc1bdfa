package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tideline.stream.ChannelState;
import io.tideline.stream.Start;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What was announced and isn't there. */
class HoleTest {
  private final HubNode node = new HubNode();
  private final RecordingOutlet outlet = new RecordingOutlet();
  private final List<Runnable> answers = new ArrayList<>();

  private void hears(ChannelState state) {
    node.hub.changed(List.of(state));
    node.runAll();
  }

  private static ChannelState state(long epoch, long head) {
    return new ChannelState(HubNode.CATCH_UP, epoch, head, 1, 0);
  }

  private void answer(Runnable answer) {
    answers.remove(answer);
    answer.run();
    node.runAll();
  }

  /** What is missing then has the same number as what was missing before, and is another one. */
  @Test
  void isReadAgainIfAnotherEpochBeganMeanwhile() {
    long former = node.log.epoch();
    node.subscribe(node.connect(outlet), HubNode.CATCH_UP, Start.NOW);
    node.log.delivery(answers::add);
    node.log.newEpoch();
    long epoch = node.log.epoch();
    hears(state(epoch, 0));
    hears(state(former, 1));
    Runnable empty = answers.get(0);
    Runnable hole = answers.get(1);
    node.log
        .node("other")
        .append(List.of(HubNode.message(HubNode.CATCH_UP, "1")), false)
        .await()
        .indefinitely();
    hears(state(epoch, 1));
    Runnable stored = answers.get(2);
    answer(empty);
    answer(stored);
    answer(hole);
    while (!answers.isEmpty()) {
      answer(answers.get(0));
    }
    assertEquals(List.of("EPOCH 0-0 0", "1"), outlet.received);
  }
}
