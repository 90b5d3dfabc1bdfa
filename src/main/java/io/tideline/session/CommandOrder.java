package io.tideline.session;

import io.tideline.stream.Channel;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The order of one connection's commands: the channels for which commands wait for the log or the
 * authorizer, and the commands that came for them meanwhile. Mostly there are none. On its lane
 * only.
 */
public final class CommandOrder {
  /** Held commands of a connection; whoever sends more doesn't wait for answers at all. */
  static final int HELD_MAX = 1024;

  private @Nullable Map<Channel, Placing> placings;
  private int heldCommands;

  private static final class Placing {
    private final Queue<Runnable> held = new ArrayDeque<>(1);
    private int unanswered;
    private int questions;
    private boolean isReleasing;
  }

  /** A command is on its way. */
  public void begin(Channel channel) {
    if (placings == null) {
      placings = new HashMap<>(2);
    }
    placings.computeIfAbsent(channel, first -> new Placing()).unanswered++;
  }

  /** Likewise, and the authorizer is asked whether it may be carried out. */
  public void beginQuestion(Channel channel) {
    begin(channel);
    placings.get(channel).questions++;
  }

  /** Whether a command came whose right isn't known yet, behind which all others must wait. */
  public boolean isAsking(Channel channel) {
    Placing placing = placings == null ? null : placings.get(channel);
    return placing != null && placing.questions > 0;
  }

  public boolean isPlacing(Channel channel) {
    Placing placing = placings == null ? null : placings.get(channel);
    return placing != null && placing.unanswered > 0;
  }

  /** Whether commands are held for it, behind which others must wait. */
  public boolean isHeld(Channel channel) {
    return isPlacing(channel) && !placings.get(channel).held.isEmpty();
  }

  /** Keeps a command until what came before it is answered; false if there are too many. */
  public boolean hold(Channel channel, Runnable command) {
    if (heldCommands == HELD_MAX) {
      return false;
    }
    heldCommands++;
    placings.get(channel).held.add(command);
    return true;
  }

  /** As {@link #end}, of what began with {@link #beginQuestion}. */
  public void endQuestion(Channel channel) {
    placings.get(channel).questions--;
    end(channel);
  }

  /** A command was answered; those that waited for it are carried out until one must wait again. */
  public void end(Channel channel) {
    Placing placing = placings.get(channel);
    placing.unanswered--;
    if (placing.isReleasing) {
      return;
    }
    placing.isReleasing = true;
    while (placing.unanswered == 0 && !placing.held.isEmpty()) {
      heldCommands--;
      placing.held.remove().run();
    }
    placing.isReleasing = false;
    if (placing.unanswered == 0) {
      forget(channel);
    }
  }

  private void forget(Channel channel) {
    if (placings != null && placings.remove(channel) != null && placings.isEmpty()) {
      placings = null;
    }
  }
}
