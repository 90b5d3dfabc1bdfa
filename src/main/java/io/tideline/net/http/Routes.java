package io.tideline.net.http;

import io.quarkus.arc.All;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The routes of all doors that are open. */
@Singleton
public final class Routes {
  private final List<Route> all;
  private final Set<String> areas = new TreeSet<>();

  Routes(@All List<DoorRoutes> doors) {
    this.all = doors.stream().flatMap(door -> door.routes().stream()).toList();
    doors.stream().filter(door -> !door.routes().isEmpty()).forEach(door -> areas.add(door.area()));
  }

  /**
   * The one that a path leads to; null if there is none. No path of ours has matrix parameters:
   * what JAX-RS would leave out must not tell one reader of the path from another.
   *
   * @param path normalised, still encoded
   */
  public @Nullable Route at(String path) {
    if (path.indexOf(';') >= 0) {
      return null;
    }
    for (Route each : all) {
      if (each.isAt(path)) {
        return each;
      }
    }
    return null;
  }

  public List<Route> all() {
    return all;
  }

  /** The beginnings of the paths that are ours, as {@link DoorRoutes#area}. */
  Set<String> areas() {
    return areas;
  }
}
