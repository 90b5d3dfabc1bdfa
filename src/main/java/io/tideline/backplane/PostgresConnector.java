package io.tideline.backplane;

import static io.smallrye.reactive.messaging.annotations.ConnectorAttribute.Direction.INCOMING_AND_OUTGOING;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.smallrye.reactive.messaging.annotations.ConnectorAttribute;
import io.smallrye.reactive.messaging.connector.InboundConnector;
import io.smallrye.reactive.messaging.connector.OutboundConnector;
import io.vertx.core.Vertx;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;

/**
 * Reactive messaging over PostgreSQL's LISTEN and NOTIFY: what one node sends, every node that
 * listens receives, the sender too. At most once: nothing is kept for who isn't connected.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-notify.html">NOTIFY</a>
 */
@ApplicationScoped
@Connector(PostgresConnector.NAME)
@ConnectorAttribute(
    name = "topic",
    type = "string",
    direction = INCOMING_AND_OUTGOING,
    description = "The name that is listened and notified on; tideline.backplane.topic if left out")
@ConnectorAttribute(
    name = "url",
    type = "string",
    direction = INCOMING_AND_OUTGOING,
    description =
        "A direct connection, postgresql://…; the datasource's if left out. A pooler that pools transactions can't LISTEN")
public class PostgresConnector implements InboundConnector, OutboundConnector {
  public static final String NAME = "tideline-postgres";
  static final String TOPIC = "tideline_publications";

  private final Vertx vertx;
  private final Config application;
  private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();

  PostgresConnector(Vertx vertx, Config application) {
    this.vertx = vertx;
    this.application = application;
  }

  @Override
  public Flow.Publisher<? extends Message<?>> getPublisher(Config channel) {
    Listener listener =
        new Listener(vertx, PostgresAddress.of(channel, application), topic(channel, application));
    open.add(listener);
    return Multi.createFrom()
        .<Message<String>>emitter(
            emitter -> listener.start(text -> emitter.emit(Message.of(text))),
            BackPressureStrategy.DROP);
  }

  @Override
  public Flow.Subscriber<? extends Message<?>> getSubscriber(Config channel) {
    Notifier notifier =
        new Notifier(vertx, PostgresAddress.of(channel, application), topic(channel, application));
    open.add(notifier);
    return notifier;
  }

  private static String topic(Config channel, Config application) {
    return BrokerConnector.setting(
        channel, "topic", application, "tideline.backplane.topic", TOPIC);
  }

  @PreDestroy
  void close() throws Exception {
    for (AutoCloseable part : open) {
      part.close();
    }
  }
}
