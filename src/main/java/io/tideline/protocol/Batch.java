package io.tideline.protocol;

import io.tideline.stream.Message;
import java.util.List;

/** Many messages in one request body: its items, or why it is none. */
public sealed interface Batch {
  /** In the order of the body. */
  record Items(List<Item> items) implements Batch {
    public Items {
      items = List.copyOf(items);
    }
  }

  record Refused(ProblemDetails problem) implements Batch {}

  /** One message; a refused one doesn't fail its neighbours. */
  sealed interface Item {
    record Valid(Message message) implements Item {}

    record Refused(ProblemDetails problem) implements Item {}
  }
}
