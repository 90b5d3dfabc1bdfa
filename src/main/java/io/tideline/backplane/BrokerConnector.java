package io.tideline.backplane;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.smallrye.reactive.messaging.connector.InboundConnector;
import io.smallrye.reactive.messaging.connector.OutboundConnector;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.Message;

/**
 * Reactive messaging over a broker as a backplane needs it: at most once, from every node to every
 * node. A broker that is away never fails or delays anything: it is joined when it comes.
 */
abstract class BrokerConnector implements InboundConnector, OutboundConnector {
  private static final String TOPIC = "tideline.backplane.topic";

  private final Config application;
  private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();

  BrokerConnector(Config application) {
    this.application = application;
  }

  /** The broker that this channel's attributes, and else the application's settings, name. */
  abstract Broker broker(String topic, Config channel, Config application);

  @Override
  public Flow.Publisher<? extends Message<?>> getPublisher(Config channel) {
    return Multi.createFrom()
        .<Message<String>>emitter(
            emitter -> {
              BrokerReceiver receiver =
                  new BrokerReceiver(broker(channel), text -> emitter.emit(Message.of(text)));
              open.add(receiver);
              receiver.start();
            },
            BackPressureStrategy.DROP);
  }

  @Override
  public Flow.Subscriber<? extends Message<?>> getSubscriber(Config channel) {
    BrokerSender sender = new BrokerSender(broker(channel));
    open.add(sender);
    return sender;
  }

  private Broker broker(Config channel) {
    String topic = setting(channel, "topic", application, TOPIC, PostgresConnector.TOPIC);
    return broker(topic, channel, application);
  }

  /** The attribute of the channel, else the application's setting, else the default. */
  static String setting(
      Config channel, String attribute, Config application, String key, String standard) {
    return channel
        .getOptionalValue(attribute, String.class)
        .or(() -> application.getOptionalValue(key, String.class))
        .orElse(standard);
  }

  final void closeAll() throws Exception {
    for (AutoCloseable part : open) {
      part.close();
    }
  }
}
