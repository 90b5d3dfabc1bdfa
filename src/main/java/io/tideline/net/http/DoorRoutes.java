package io.tideline.net.http;

import java.util.List;

/**
 * The routes of one door; each door has one such bean. A door that is off gives none, and its paths
 * are as unknown as any.
 */
public interface DoorRoutes {
  List<Route> routes();

  /**
   * The part of the path space that is the door's: below it, a path that is no route is answered
   * with a problem.
   *
   * @return the beginning of the paths, without a slash at its end, such as {@code /v1}
   */
  String area();
}
