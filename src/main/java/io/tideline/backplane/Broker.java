package io.tideline.backplane;

import java.time.Duration;
import java.util.List;

/**
 * How one kind of broker is spoken to: what a producer sends reaches every consumer that is there
 * at that time, the sender's own too, and nothing is kept for who isn't.
 *
 * <p>Everything here may block, for {@link #ANSWER_MAX} or a little longer: {@link BrokerSender}
 * and {@link BrokerReceiver} have a thread each. Where a method throws, the connection is closed
 * and made anew.
 */
interface Broker {
  /** A broker that takes longer to answer is taken for one that is away. */
  Duration ANSWER_MAX = Duration.ofSeconds(5);

  /** For log lines: the kind, and where it is, without credentials. */
  String name();

  Producer connectProducer() throws Exception;

  /** Returns when whatever is sent from now on will be received. */
  Consumer connectConsumer() throws Exception;

  /** A connection that sends; used by one thread. */
  interface Producer extends AutoCloseable {
    /** ASCII characters that one message may have. */
    int charsMax();

    /** Returns when the broker has them; given none, when it answers. */
    void send(List<String> messages) throws Exception;

    /** Also one that is broken. */
    @Override
    void close();
  }

  /** A connection that receives; used by one thread. */
  interface Consumer extends AutoCloseable {
    /** Hands on what comes for some seconds at most. Throws if the broker doesn't answer. */
    void receive(java.util.function.Consumer<String> reader) throws Exception;

    /** Also one that is broken. */
    @Override
    void close();
  }
}
