package io.tideline.presence;

import io.tideline.stream.Channel;

class MemoryMemberStoreTest implements MemberStoreContract {
  private final MemoryMemberStore.Shared shared = new MemoryMemberStore.Shared();
  private final MemoryMemberStore first = new MemoryMemberStore(shared, 1);
  private final MemoryMemberStore second = new MemoryMemberStore(shared, 2);

  @Override
  public MemberStore first() {
    return first;
  }

  @Override
  public MemberStore second() {
    return second;
  }

  @Override
  public Channel room() {
    return new Channel("room:1");
  }
}
