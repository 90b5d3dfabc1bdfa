package io.tideline.backplane;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A topic of Kafka. Every node reads all its partitions from their ends on, assigned and without a
 * group: nothing is committed, and nothing of a node stays behind. Records have the sender's id as
 * key, so that what a node says comes in its order.
 */
final class KafkaBroker implements Broker {
  /** Half of what brokers and producers take unless they are told otherwise. */
  private static final int CHARS_MAX = 512 << 10;

  private static final long BUFFER_BYTES = 16L << 20;
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final String servers;
  private final String topic;
  private final Map<String, Object> properties;
  private final String sender = UUID.randomUUID().toString();

  /**
   * Names a topic.
   *
   * @param properties of the clients, as Kafka documents them; what a backplane depends on is set
   *     whatever they say
   */
  KafkaBroker(String servers, String topic, Map<String, Object> properties) {
    this.servers = servers;
    this.topic = topic;
    this.properties = Map.copyOf(properties);
  }

  @Override
  public String name() {
    return "Kafka (" + servers + ")";
  }

  private Map<String, Object> settings() {
    String millisMax = String.valueOf(ANSWER_MAX.toMillis());
    Map<String, Object> settings = new HashMap<>(properties);
    settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, servers);
    settings.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, millisMax);
    settings.put(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, "1000");
    settings.put(CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, "false");
    return settings;
  }

  /** The client is there at once, whether there is a broker or not, so that it must be asked. */
  @Override
  public Producer connectProducer() throws Exception {
    Map<String, Object> settings = settings();
    String millisMax = String.valueOf(ANSWER_MAX.toMillis());
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, millisMax);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, millisMax);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, "0");
    settings.put(ProducerConfig.RETRIES_CONFIG, "0");
    settings.put(ProducerConfig.ACKS_CONFIG, "1");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "false");
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, String.valueOf(BUFFER_BYTES));
    Producing producing =
        new Producing(
            new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer()));
    try {
      producing.send(List.of());
    } catch (Exception away) {
      producing.close();
      throw away;
    }
    return producing;
  }

  @Override
  public Consumer connectConsumer() throws Exception {
    Map<String, Object> settings = settings();
    settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    settings.put(
        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, String.valueOf(ANSWER_MAX.toMillis()));
    return new Consuming(
        new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer()));
  }

  private final class Producing implements Producer {
    private final KafkaProducer<String, String> producer;

    Producing(KafkaProducer<String, String> producer) {
      this.producer = producer;
    }

    @Override
    public int charsMax() {
      return CHARS_MAX;
    }

    @Override
    public void send(List<String> messages) throws Exception {
      if (messages.isEmpty()) {
        producer.partitionsFor(topic);
        return;
      }
      List<Future<?>> answers = new ArrayList<>(messages.size());
      for (String message : messages) {
        answers.add(producer.send(new ProducerRecord<>(topic, sender, message)));
      }
      for (Future<?> answer : answers) {
        answer.get(2 * ANSWER_MAX.toMillis(), TimeUnit.MILLISECONDS);
      }
    }

    @Override
    public void close() {
      producer.close(Duration.ZERO);
    }
  }

  private final class Consuming implements Consumer {
    private final KafkaConsumer<String, String> consumer;
    private final List<TopicPartition> partitions;
    private long checkedNanos = System.nanoTime();

    Consuming(KafkaConsumer<String, String> consumer) throws IOException {
      this.consumer = consumer;
      try {
        partitions = partitions();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(partition -> consumer.position(partition, ANSWER_MAX));
      } catch (IOException | RuntimeException failure) {
        close();
        throw failure;
      }
    }

    private List<TopicPartition> partitions() throws IOException {
      List<PartitionInfo> infos = consumer.partitionsFor(topic, ANSWER_MAX);
      if (infos == null || infos.isEmpty()) {
        throw new IOException("there is no topic " + topic);
      }
      return infos.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    }

    @Override
    public void receive(java.util.function.Consumer<String> reader) throws Exception {
      ConsumerRecords<String, String> records = consumer.poll(POLL);
      for (ConsumerRecord<String, String> record : records) {
        reader.accept(String.valueOf(record.value()));
      }
      if (System.nanoTime() - checkedNanos > CHECK_NANOS) {
        check();
      }
    }

    /** The client would wait in silence: for a broker that is away, or for a partition less. */
    private void check() throws IOException {
      checkedNanos = System.nanoTime();
      consumer.endOffsets(partitions, ANSWER_MAX);
      int now = partitions().size();
      if (now != partitions.size()) {
        throw new IOException(topic + " has " + now + " partitions now");
      }
    }

    @Override
    public void close() {
      consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
  }
}
