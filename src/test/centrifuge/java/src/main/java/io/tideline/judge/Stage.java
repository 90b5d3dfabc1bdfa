// SPDX-License-Identifier: Apache-2.0
package io.tideline.judge;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.centrifugal.centrifuge.Client;
import io.github.centrifugal.centrifuge.ConnectedEvent;
import io.github.centrifugal.centrifuge.ConnectingEvent;
import io.github.centrifugal.centrifuge.ConnectionTokenEvent;
import io.github.centrifugal.centrifuge.ConnectionTokenGetter;
import io.github.centrifugal.centrifuge.DisconnectedEvent;
import io.github.centrifugal.centrifuge.DuplicateSubscriptionException;
import io.github.centrifugal.centrifuge.ErrorEvent;
import io.github.centrifugal.centrifuge.EventListener;
import io.github.centrifugal.centrifuge.JoinEvent;
import io.github.centrifugal.centrifuge.LeaveEvent;
import io.github.centrifugal.centrifuge.Options;
import io.github.centrifugal.centrifuge.PublicationEvent;
import io.github.centrifugal.centrifuge.ServerPublicationEvent;
import io.github.centrifugal.centrifuge.ServerSubscribedEvent;
import io.github.centrifugal.centrifuge.SubscribedEvent;
import io.github.centrifugal.centrifuge.SubscribingEvent;
import io.github.centrifugal.centrifuge.Subscription;
import io.github.centrifugal.centrifuge.SubscriptionErrorEvent;
import io.github.centrifugal.centrifuge.SubscriptionEventListener;
import io.github.centrifugal.centrifuge.SubscriptionOptions;
import io.github.centrifugal.centrifuge.SubscriptionTokenEvent;
import io.github.centrifugal.centrifuge.SubscriptionTokenGetter;
import io.github.centrifugal.centrifuge.TokenCallback;
import io.github.centrifugal.centrifuge.UnsubscribedEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What a scenario plays with; it goes when that is over. */
final class Stage implements AutoCloseable {

  /** A client of a user, and what it told. */
  record Connection(Client client, String user, Events events, String[] ids) {

    Connection connect() {
      client.connect();
      events.until("connected", 1);
      return this;
    }

    /** The id that the server gave it last. */
    String id() {
      return ids[0];
    }
  }

  /** A subscription, and what it told. */
  record Subscribed(Subscription subscription, Events events) {

    List<Integer> numbers() {
      return Stage.numbers(events);
    }

    List<JsonNode> data() {
      return events.of("publication").stream().map(noted -> read(noted.data())).toList();
    }
  }

  private final List<Client> clients = new ArrayList<>();
  private final List<Wire> wires = new ArrayList<>();

  static JsonNode read(byte[] data) {
    try {
      return Settings.JSON.readTree(data);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The numbers of the messages that were told, in order. */
  static List<Integer> numbers(Events events) {
    return events.of("publication").stream().map(noted -> read(noted.data()).get("n").asInt()).toList();
  }

  Wire wire() throws IOException {
    Wire wire = new Wire(Settings.URLS.get(0));
    wires.add(wire);
    return wire;
  }

  static Options options() {
    Options options = new Options();
    options.setMinReconnectDelay(50);
    options.setMaxReconnectDelay(500);
    options.setTimeout(10_000);
    return options;
  }

  static Options tokens(Supplier<String> next) {
    Options options = options();
    options.setTokenGetter(
        new ConnectionTokenGetter() {
          @Override
          public void getConnectionToken(ConnectionTokenEvent event, TokenCallback callback) {
            callback.Done(null, next.get());
          }
        });
    return options;
  }

  Connection connected() {
    return client(Settings.name("user"), Map.of()).connect();
  }

  Connection client(String user, Map<String, Object> claims) {
    return client(Settings.URLS.get(0), user, claims);
  }

  Connection client(String url, String user, Map<String, Object> claims) {
    Map<String, Object> all = new HashMap<>(claims);
    all.put("sub", user);
    Options options = options();
    options.setToken(Settings.mint(all));
    return client(url, user, options);
  }

  /** A client that is not connected yet. */
  Connection client(String url, String user, Options options) {
    Events events = new Events();
    String[] ids = new String[1];
    Client client = new Client(url, options, listener(events, ids));
    clients.add(client);
    return new Connection(client, user, events, ids);
  }

  private static EventListener listener(Events events, String[] ids) {
    return new EventListener() {
      @Override
      public void onConnecting(Client client, ConnectingEvent event) {
        events.state("connecting", event.getCode(), event.getReason());
      }

      @Override
      public void onConnected(Client client, ConnectedEvent event) {
        ids[0] = event.getClient();
        events.state("connected", 0, null);
      }

      @Override
      public void onDisconnected(Client client, DisconnectedEvent event) {
        events.state("disconnected", event.getCode(), event.getReason());
      }

      @Override
      public void onError(Client client, ErrorEvent event) {
        events.error(event.getError());
      }

      @Override
      public void onSubscribed(Client client, ServerSubscribedEvent event) {
        events.subscribed(event.getChannel(), event.getRecoverable(), event.wasRecovering(), event.getRecovered());
      }

      @Override
      public void onPublication(Client client, ServerPublicationEvent event) {
        events.publication(event.getOffset(), event.getData(), event.getTags(), event.getInfo());
      }
    };
  }

  static SubscriptionOptions plain() {
    SubscriptionOptions options = new SubscriptionOptions();
    options.setMinResubscribeDelay(50);
    options.setMaxResubscribeDelay(500);
    return options;
  }

  static SubscriptionOptions recoverable() {
    SubscriptionOptions options = plain();
    options.setRecoverable(true);
    options.setPositioned(true);
    return options;
  }

  static SubscriptionOptions subscriptionTokens(Supplier<String> next) {
    SubscriptionOptions options = plain();
    options.setTokenGetter(
        new SubscriptionTokenGetter() {
          @Override
          public void getSubscriptionToken(SubscriptionTokenEvent event, TokenCallback callback) {
            callback.Done(null, next.get());
          }
        });
    return options;
  }

  /** A subscription that is not subscribed yet. */
  Subscribed subscribe(Connection connection, String channel, SubscriptionOptions options) {
    Events events = new Events();
    try {
      Subscription subscription = connection.client().newSubscription(channel, options, listener(events));
      subscription.subscribe();
      return new Subscribed(subscription, events);
    } catch (DuplicateSubscriptionException e) {
      throw new AssertionError(e);
    }
  }

  Subscribed subscribed(Connection connection, String channel, SubscriptionOptions options) {
    Subscribed made = subscribe(connection, channel, options);
    made.events().until("subscribed", 1);
    return made;
  }

  private static SubscriptionEventListener listener(Events events) {
    return new SubscriptionEventListener() {
      @Override
      public void onSubscribing(Subscription subscription, SubscribingEvent event) {
        events.state("subscribing", event.getCode(), event.getReason());
      }

      @Override
      public void onSubscribed(Subscription subscription, SubscribedEvent event) {
        events.subscribed(subscription.getChannel(), event.getRecoverable(), event.wasRecovering(), event.getRecovered());
      }

      @Override
      public void onUnsubscribed(Subscription subscription, UnsubscribedEvent event) {
        events.state("unsubscribed", event.getCode(), event.getReason());
      }

      @Override
      public void onError(Subscription subscription, SubscriptionErrorEvent event) {
        events.error(event.getError());
      }

      @Override
      public void onPublication(Subscription subscription, PublicationEvent event) {
        events.publication(event.getOffset(), event.getData(), event.getTags(), event.getInfo());
      }

      @Override
      public void onJoin(Subscription subscription, JoinEvent event) {
        events.member("join", event.getInfo());
      }

      @Override
      public void onLeave(Subscription subscription, LeaveEvent event) {
        events.member("leave", event.getInfo());
      }
    };
  }

  @Override
  public void close() throws IOException, InterruptedException {
    for (Client client : clients) {
      client.close(0);
    }
    for (Wire wire : wires) {
      wire.close();
    }
  }
}
