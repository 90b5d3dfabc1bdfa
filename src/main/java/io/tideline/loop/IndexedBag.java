package io.tideline.loop;

import java.util.ArrayList;
import java.util.List;

/**
 * Elements in no particular order, each of which knows its place: so it is removed in one step,
 * however many there are. The last one takes the place of one that is removed. To look at all of
 * them while some may leave, go from the last index to the first. Not thread-safe.
 */
public final class IndexedBag<E extends IndexedBag.Element> {
  private final List<E> elements;

  /** Makes an empty one. */
  public IndexedBag(int capacity) {
    elements = new ArrayList<>(capacity);
  }

  /** What can be in one bag at a time. */
  public abstract static class Element {
    private static final int OUTSIDE = -1;

    private int index = OUTSIDE;
  }

  public int size() {
    return elements.size();
  }

  public boolean isEmpty() {
    return elements.isEmpty();
  }

  public E get(int index) {
    return elements.get(index);
  }

  /** A view; it shows what comes and goes. */
  public List<E> asList() {
    return elements;
  }

  public void add(E element) {
    place(element, elements.size());
    elements.add(element);
  }

  /** False if it isn't in a bag. */
  public boolean remove(E element) {
    int index = indexOf(element);
    if (index == Element.OUTSIDE) {
      return false;
    }
    E last = elements.remove(elements.size() - 1);
    if (last != element) {
      elements.set(index, last);
      place(last, index);
    }
    place(element, Element.OUTSIDE);
    return true;
  }

  private static int indexOf(Element element) {
    return element.index;
  }

  private static void place(Element element, int index) {
    element.index = index;
  }
}
