/// Trips by deadline, the earliest first. Each knows its place, so that it can leave at any time.
struct DeadlineHeap {
  private var trips: [Trip] = []

  var first: Trip? { trips.first }
  var count: Int { trips.count }

  mutating func insert(_ trip: Trip) {
    guard trip.heapIndex < 0 else { return }
    trips.append(trip)
    trip.heapIndex = trips.count - 1
    rise(trips.count - 1)
  }

  mutating func remove(_ trip: Trip) {
    let index = trip.heapIndex
    guard index >= 0, index < trips.count, trips[index] === trip else { return }
    let last = trips.count - 1
    if index != last { exchange(index, last) }
    trips.removeLast()
    trip.heapIndex = -1
    if index != last {
      rise(index)
      sink(index)
    }
  }

  private func key(_ index: Int) -> UInt64 { trips[index].deadline ?? .max }

  private mutating func exchange(_ left: Int, _ right: Int) {
    trips.swapAt(left, right)
    trips[left].heapIndex = left
    trips[right].heapIndex = right
  }

  private mutating func rise(_ start: Int) {
    var index = start
    while index > 0, key(index) < key((index - 1) / 2) {
      exchange(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private mutating func sink(_ start: Int) {
    var index = start
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2] where child < trips.count && key(child) < key(least) { least = child }
      if least == index { return }
      exchange(index, least)
      index = least
    }
  }
}
