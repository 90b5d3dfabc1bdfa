package io.tideline.door.centrifuge;

import com.google.protobuf.CodedInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The reader of calls in Protobuf: messages with their length before them. A field that isn't known
 * is skipped; of a field that stands twice the last one counts. Each byte is copied at most four
 * times, once for each message that it stands in.
 */
final class ProtobufCalls {
  private ProtobufCalls() {}

  static List<Call> read(byte[] binary) {
    List<Call> calls = new ArrayList<>(2);
    try {
      CodedInputStream in = CodedInputStream.newInstance(binary);
      while (!in.isAtEnd()) {
        calls.add(call(in.readByteArray()));
      }
    } catch (IOException broken) {
      calls.add(new Call.Malformed());
    }
    return calls.isEmpty() ? List.of(new Call.Malformed()) : calls;
  }

  private static Call call(byte[] command) throws IOException {
    return command.length == 0 ? new Call.Pong() : call(ProtobufFields.of(command));
  }

  private static Call call(ProtobufFields command) throws IOException {
    long id = command.number(1);
    Call call = new Call.Malformed();
    for (Request request : Request.values()) {
      if (command.has(request.field)) {
        call = request.read(id, command.message(request.field));
      }
    }
    return id > 0 || call instanceof Call.Send ? call : new Call.Malformed();
  }

  /** The requests of a command, and the field that each is in. */
  private enum Request {
    CONNECT(4) {
      @Override
      Call read(long id, ProtobufFields in) throws IOException {
        return new Call.Connect(id, in.text(1), places(in.all(3)));
      }
    },
    SUBSCRIBE(5) {
      @Override
      Call read(long id, ProtobufFields in) throws IOException {
        return new Call.Subscribe(
            id,
            in.text(1),
            in.text(2),
            recovery(in),
            in.flag(11),
            (in.number(14) & SubscribeFlag.REJECT_UNRECOVERED) != 0,
            in.has(13),
            in.number(15) == 0);
      }
    },
    UNSUBSCRIBE(6) {
      @Override
      Call read(long id, ProtobufFields in) throws IOException {
        return new Call.Unsubscribe(id, in.text(1));
      }
    },
    PUBLISH(7) {
      @Override
      Call read(long id, ProtobufFields in) throws IOException {
        byte[] data = in.bytes(2);
        return new Call.Publish(id, in.text(1), data.length == 0 ? null : data);
      }
    },
    PRESENCE(8) {
      @Override
      Call read(long id, ProtobufFields in) throws IOException {
        return new Call.Presence(id, in.text(1));
      }
    },
    PRESENCE_STATS(9) {
      @Override
      Call read(long id, ProtobufFields in) throws IOException {
        return new Call.PresenceStats(id, in.text(1));
      }
    },
    HISTORY(10) {
      @Override
      Call read(long id, ProtobufFields in) throws IOException {
        Call.Place since = in.has(8) ? place(in.message(8).text(2), in.message(8).number(1)) : null;
        return new Call.History(id, in.text(1), (int) in.number(7), since, in.flag(9));
      }
    },
    PING(11) {
      @Override
      Call read(long id, ProtobufFields in) {
        return new Call.Ping(id);
      }
    },
    SEND(12) {
      @Override
      Call read(long id, ProtobufFields in) {
        return new Call.Send();
      }
    },
    RPC(13) {
      @Override
      Call read(long id, ProtobufFields in) {
        return new Call.Rpc(id);
      }
    },
    REFRESH(14) {
      @Override
      Call read(long id, ProtobufFields in) throws IOException {
        return new Call.Refresh(id, in.text(1));
      }
    },
    SUB_REFRESH(15) {
      @Override
      Call read(long id, ProtobufFields in) throws IOException {
        return new Call.SubRefresh(id, in.text(1), in.text(2));
      }
    };

    private final int field;

    Request(int field) {
      this.field = field;
    }

    abstract Call read(long id, ProtobufFields in) throws IOException;
  }

  /** Of entries of a map: the channel, and the subscription that the client had to it. */
  private static Map<String, Call.Place> places(List<byte[]> entries) throws IOException {
    Map<String, Call.Place> places = new HashMap<>();
    for (byte[] bytes : entries) {
      ProtobufFields entry = ProtobufFields.of(bytes);
      Call.Place place = recovery(entry.message(2));
      if (place != null) {
        places.put(entry.text(1), place);
      }
    }
    return places;
  }

  private static Call.@Nullable Place recovery(ProtobufFields subscription) throws IOException {
    return subscription.flag(3) ? place(subscription.text(6), subscription.number(7)) : null;
  }

  /** An offset is unsigned; ours never get so large that the sign is needed. */
  private static Call.Place place(String epoch, long offset) {
    return new Call.Place(epoch, offset < 0 ? Long.MAX_VALUE : offset);
  }
}
