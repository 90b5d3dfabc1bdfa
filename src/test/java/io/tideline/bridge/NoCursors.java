package io.tideline.bridge;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.BridgeCursors;
import io.tideline.stream.Channel;
import io.tideline.stream.History;
import io.tideline.stream.Position;
import java.util.Collection;
import java.util.Map;

/** For tests that want only some of it. */
class NoCursors implements BridgeCursors {
  @Override
  public Uni<Boolean> hold() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Uni<Void> release() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Uni<String> begin(boolean isEarliest, String after, int limit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Uni<Behind> behind(String after, int limit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Uni<History.Changes> changesSince(History.ChangeCursor cursor) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Uni<Map<Channel, Position>> positions(Collection<Channel> channels) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Uni<Boolean> advance(Map<Channel, Position> carried) {
    throw new UnsupportedOperationException();
  }
}
