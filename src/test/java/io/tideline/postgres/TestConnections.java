package io.tideline.postgres;

import io.vertx.sqlclient.SqlConnectOptions;
import java.net.URI;
import org.hibernate.reactive.pool.impl.DefaultSqlClientPoolConfiguration;

/** Hibernate's connections as those of the application's pool are: see {@link ConnectionLimits}. */
@SuppressWarnings("serial")
public final class TestConnections extends DefaultSqlClientPoolConfiguration {
  @Override
  public SqlConnectOptions connectOptions(URI uri) {
    return super.connectOptions(uri).addProperty("enable_seqscan", "off");
  }
}
