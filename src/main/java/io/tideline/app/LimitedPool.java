package io.tideline.app;

import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.tideline.postgres.ConnectionLimits;
import io.tideline.postgres.HistorySettings;
import io.vertx.pgclient.PgBuilder;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnectOptions;
import jakarta.inject.Singleton;
import java.util.List;

/** The pool as it is configured, but that it gives up connections that hang. */
@Singleton
final class LimitedPool implements PgPoolCreator {
  private final HistorySettings settings;

  LimitedPool(HistorySettings settings) {
    this.settings = settings;
  }

  @Override
  public Pool create(Input input) {
    input.pgConnectOptionsList().forEach(options -> ConnectionLimits.apply(options, settings));
    return PgBuilder.pool()
        .with(input.poolOptions())
        .connectingTo(List.<SqlConnectOptions>copyOf(input.pgConnectOptionsList()))
        .withConnectHandler(connection -> ConnectionLimits.guard(connection, settings))
        .using(input.vertx())
        .build();
  }
}
