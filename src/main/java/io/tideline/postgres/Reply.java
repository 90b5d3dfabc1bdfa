package io.tideline.postgres;

import io.tideline.stream.AppendOutcome;
import io.tideline.stream.Position;
import io.vertx.sqlclient.Row;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What {@code tideline.append_batch} answered, also as the journal keeps it.
 *
 * @param bases where each channel's head was before
 * @param times the time of each channel's new messages
 * @param statuses null if all messages got the next offsets; then the next two are null as well
 */
record Reply(
    long epoch,
    List<Long> bases,
    List<OffsetDateTime> times,
    List<Short> statuses,
    List<Long> offsets,
    List<OffsetDateTime> itemTimes) {

  static final short STORED = 0;
  static final short DUPLICATE = 1;
  static final short KEY_CONFLICT = 2;
  static final short HEAD_MOVED = 3;
  static final short WITHDRAWN = 4;

  static Reply of(Row row) {
    return new Reply(
        row.getLong("epoch"),
        list(row.getArrayOfLongs("bases")),
        list(row.getArrayOfOffsetDateTimes("times")),
        list(row.getArrayOfShorts("statuses")),
        list(row.getArrayOfLongs("offsets")),
        list(row.getArrayOfOffsetDateTimes("item_times")));
  }

  private static <T> List<T> list(T[] column) {
    return column == null ? null : Arrays.asList(column);
  }

  List<AppendOutcome> outcomes(AppendBatch batch) {
    List<AppendOutcome> outcomes = new ArrayList<>(batch.size());
    for (int i = 0; i < batch.size(); i++) {
      outcomes.add(statuses == null ? next(batch, i) : judged(i));
    }
    return outcomes;
  }

  private AppendOutcome next(AppendBatch batch, int item) {
    int channel = batch.channelOf(item);
    return new AppendOutcome.Stored(
        epoch, bases.get(channel) + batch.nthOf(item), times.get(channel).toInstant(), false);
  }

  private AppendOutcome judged(int item) {
    return switch (statuses.get(item)) {
      case STORED -> stored(item, false);
      case DUPLICATE -> stored(item, true);
      case KEY_CONFLICT -> new AppendOutcome.KeyConflict();
      case HEAD_MOVED -> new AppendOutcome.HeadMoved(new Position(epoch, offsets.get(item)));
      case WITHDRAWN -> new AppendOutcome.Withdrawn();
      default -> throw new IllegalStateException("append_batch answered " + statuses.get(item));
    };
  }

  private AppendOutcome stored(int item, boolean isDuplicate) {
    return new AppendOutcome.Stored(
        epoch, offsets.get(item), itemTimes.get(item).toInstant(), isDuplicate);
  }
}
