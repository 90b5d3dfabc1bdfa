package io.tideline.door.pages;

import io.tideline.access.Grant;
import io.tideline.hub.Disconnect;
import io.tideline.hub.Format;
import io.tideline.hub.FrameBatch;
import io.tideline.hub.Hub;
import io.tideline.hub.Outlet;
import io.tideline.hub.SubscribeOutcome;
import io.tideline.hub.Subscriber;
import io.tideline.hub.Subscription;
import io.tideline.hub.Transport;
import io.tideline.loop.Lane;
import io.tideline.protocol.Bodies;
import io.tideline.protocol.Problem;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Gap;
import io.tideline.stream.History;
import io.tideline.stream.HistoryException;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A page, with or without waiting: a subscription that ends with its first answer. On its lane
 * only; the answer is given once.
 *
 * <pre>
 * collects until   the page is full, or a gap comes after messages     answered, there is more
 *                  the head is reached, and it doesn't wait or has something   answered
 *                  the wait is over, or the node drains                answered as it is
 *                  the log can't be read                               503, or answered as it is if it has something
 * </pre>
 */
final class PageOutlet implements Outlet {
  /** Of messages in JSON; a single one may be larger. */
  static final int BYTES_MAX = History.PAGE_BYTES_MAX;

  private final PageRequest request;
  private final @Nullable String address;
  private final Consumer<PageAnswer> answer;
  private final List<byte[]> messages = new ArrayList<>();
  private Subscriber subscriber;
  private Subscription subscription;
  private Position begin;
  private Position next;
  private Gap gap;
  private int bytes;

  /** There was more than fits: what comes next belongs to the next page. */
  private boolean isFull;

  private boolean isAnswered;

  /**
   * Makes a page without messages.
   *
   * @param address of a client that waits; null for one that doesn't
   */
  PageOutlet(PageRequest request, @Nullable String address, Consumer<PageAnswer> answer) {
    this.request = request;
    this.address = address;
    this.answer = answer;
  }

  void begin(Hub hub, Lane lane, Grant grant) {
    subscriber = hub.connect(lane, this, grant.identity());
    subscriber.subscribe(grant, request.start(), this::subscribed);
  }

  private void subscribed(SubscribeOutcome outcome) {
    if (outcome instanceof SubscribeOutcome.Subscribed subscribed) {
      subscription = subscribed.subscription();
      begin = subscribed.position();
      next = begin;
    } else {
      end(new PageAnswer.Refused(Problem.UNAVAILABLE));
    }
  }

  /** The wait is over. */
  void expire() {
    if (subscription == null) {
      end(new PageAnswer.Refused(Problem.UNAVAILABLE));
    } else {
      finish();
    }
  }

  /** Nobody waits for the answer any more. */
  void abandoned() {
    end(null);
  }

  @Override
  public Format format() {
    return PublicationFormat.INSTANCE;
  }

  @Override
  public Transport transport() {
    return request.waits() ? Transport.LONG_POLL : Transport.PAGE;
  }

  @Override
  public @Nullable String address() {
    return address;
  }

  @Override
  public int room() {
    return isFull || isAnswered ? 0 : BYTES_MAX - bytes;
  }

  /** Who waits is there; who only reads what is stored isn't. */
  @Override
  public boolean isPresent() {
    return request.waits();
  }

  /** A message that doesn't fit is taken and given up again: so it is known that there is one. */
  @Override
  public boolean isDrained() {
    return !isFull;
  }

  @Override
  public int roomMessages() {
    return isFull || isAnswered ? 0 : request.limit() - messages.size();
  }

  @Override
  public void write(Subscription from, FrameBatch run) {
    byte[][] frames = run.frames();
    for (int i = 0; i < frames.length && !isFull; i++) {
      collect(frames[i], run.publications().get(i));
    }
    isFull |= messages.size() == request.limit() || bytes >= BYTES_MAX;
  }

  private void collect(byte[] frame, Publication publication) {
    if (!messages.isEmpty() && bytes + frame.length > BYTES_MAX) {
      isFull = true;
      return;
    }
    messages.add(frame);
    bytes += frame.length + 1;
    if (!publication.isEphemeral()) {
      next = publication.position();
    }
  }

  /** A page has room for one gap, before its messages. */
  @Override
  public void gap(Subscription from, Gap told) {
    if (isFull || !messages.isEmpty() || gap != null) {
      isFull = true;
    } else {
      gap = told;
      next = told.position();
    }
  }

  @Override
  public void flush() {
    if (isFull) {
      finish();
    }
  }

  @Override
  public void caughtUp(Subscription from) {
    if (!request.waits() || !isEmpty()) {
      finish();
    }
  }

  @Override
  public void stalled(Subscription from, HistoryException why) {
    if (isEmpty()) {
      end(new PageAnswer.Refused(Problem.of(why)));
    } else {
      finish();
    }
  }

  @Override
  public void ended(Subscription from, Disconnect why) {
    close(why);
  }

  @Override
  public void close(Disconnect why) {
    if (why == Disconnect.DRAIN || why == Disconnect.SLOW) {
      expire();
    } else {
      end(new PageAnswer.Refused(Problem.of(why)));
    }
  }

  private boolean isEmpty() {
    return messages.isEmpty() && gap == null;
  }

  private void finish() {
    if (isAnswered) {
      return;
    }
    boolean more = next != null && !next.equals(subscription.channelState().headPosition());
    byte[] json = Bodies.page(messages, next == null ? null : next.encode(), more, gap);
    end(new PageAnswer.Filled(json, etag(more)));
  }

  /** Epoch, range and first retained offset; waiting changes what the same request brings. */
  private String etag(boolean more) {
    if (next == null || request.waits()) {
      return null;
    }
    ChannelState state = subscription.channelState();
    return String.format(
        Locale.ROOT,
        "\"%x-%x.%x-%x.%x-%x%s\"",
        begin.epoch(),
        begin.offset(),
        next.epoch(),
        next.offset(),
        messages.size(),
        state.first(),
        more ? "-more" : "");
  }

  private void end(PageAnswer given) {
    if (isAnswered) {
      return;
    }
    isAnswered = true;
    subscriber.closed();
    if (given != null) {
      answer.accept(given);
    }
  }
}
