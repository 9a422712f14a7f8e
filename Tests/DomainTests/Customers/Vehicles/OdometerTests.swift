import Domain
import Testing

@Suite("Odometer")
struct OdometerTests {
  private let monday = Timestamp(milliseconds: 1_790_000_000_000)
  private let day: Int64 = 86_400

  private func fell(_ body: () throws(Refusal) -> Void) -> Bool {
    do throws(Refusal) {
      try body()
      return false
    } catch {
      guard case .conflict(let code, _) = error else { return false }
      return code == "odometer-fell"
    }
  }

  @Test("a first reading of any size is accepted, equal ones too")
  func first() throws {
    let ledger = OdometerLedger(previous: nil)
    #expect(ledger.plausibility(of: 0, at: monday) == .accepted)
    #expect(ledger.plausibility(of: 412_345, at: monday) == .accepted)
    let next = try ledger.recording(.init(kilometres: 500, at: monday))
    #expect(next.plausibility(of: 500, at: monday.adding(seconds: day)) == .accepted)
  }

  @Test("kilometres never fall: `odometer-fell` with the reading before (domain.md §7)")
  func drop() {
    let ledger = OdometerLedger(previous: .init(kilometres: 60_000, at: monday))
    let later = monday.adding(seconds: day)
    #expect(ledger.plausibility(of: 59_999, at: later) == .drop(previous: 60_000))
    #expect(fell { () throws(Refusal) in try ledger.admit(59_999, at: later) })
  }

  @Test("more than 2,000 km a day is a warning and stands")
  func jump() throws {
    let ledger = OdometerLedger(previous: .init(kilometres: 10_000, at: monday))
    #expect(ledger.plausibility(of: 12_000, at: monday.adding(seconds: day)) == .accepted)
    #expect(
      ledger.plausibility(of: 12_001, at: monday.adding(seconds: day)) == .implausibleJump(kilometresPerDay: 2_001))
    #expect(ledger.plausibility(of: 12_001, at: monday.adding(seconds: day + 1)) == .accepted)
    #expect(ledger.plausibility(of: 11_500, at: monday.adding(seconds: 60)) == .accepted)
    #expect(try ledger.admit(15_000, at: monday.adding(seconds: 60)) != nil)
    #expect(try ledger.admit(10_100, at: monday.adding(seconds: 60)) == nil)
    #expect(try ledger.recording(.init(kilometres: 15_000, at: monday)).previous?.kilometres == 15_000)
  }

  @Test("a reading that arrives late fits between its neighbours")
  func late() {
    let ledger = OdometerLedger(
      previous: .init(kilometres: 1_000, at: monday),
      next: .init(kilometres: 3_000, at: monday.adding(seconds: 9 * day)))
    let between = monday.adding(seconds: 5 * day)
    #expect(ledger.plausibility(of: 2_000, at: between) == .accepted)
    #expect(ledger.plausibility(of: 999, at: between) == .drop(previous: 1_000))
    #expect(ledger.plausibility(of: 3_001, at: between) == .exceedsLater(next: 3_000))
    #expect(fell { () throws(Refusal) in try ledger.admit(3_001, at: between) })
  }

  @Test("a replaced cluster explains a drop, and the life of the vehicle goes on")
  func replacement() throws {
    let before = OdometerLedger(previous: .init(kilometres: 60_000, at: monday))
    let after = try before.replacingCluster(
      ClusterReplacement(
        oldKilometres: 60_250, newKilometres: 12, at: monday.adding(seconds: day), reason: "display dead"))
    #expect(after.totalDistance(at: 12) == 60_250)
    #expect(after.totalDistance(at: 1_012) == 61_250)
    #expect(after.plausibility(of: 500, at: monday.adding(seconds: 2 * day)) == .accepted)
    #expect(after.plausibility(of: 11, at: monday.adding(seconds: 2 * day)) == .drop(previous: 12))
    let again = try after.replacingCluster(
      ClusterReplacement(
        oldKilometres: 5_012, newKilometres: 40_000, at: monday.adding(seconds: 9 * day), reason: "used part"))
    #expect(again.totalDistance(at: 40_000) == 65_250)
  }

  @Test("a replacement needs both clusters' kilometres and a reason, and the old one never fell either")
  func replacementRefused() {
    let ledger = OdometerLedger(previous: .init(kilometres: 60_000, at: monday))
    func pointers(_ old: Int, _ new: Int, _ reason: String) -> [String] {
      do throws(Refusal) {
        _ = try ledger.replacingCluster(
          ClusterReplacement(oldKilometres: old, newKilometres: new, at: monday, reason: reason))
        return []
      } catch {
        guard case .invalid(let found) = error else { return ["\(error)"] }
        return found.map(\.pointer)
      }
    }
    #expect(pointers(60_000, 0, "burnt") == [])
    #expect(pointers(-1, 10_000_000, " ") == ["#/oldClusterKm", "#/newClusterKm", "#/reason"])
    #expect(
      fell { () throws(Refusal) in
        _ = try ledger.replacingCluster(
          ClusterReplacement(oldKilometres: 59_999, newKilometres: 0, at: monday, reason: "burnt"))
      })
  }

  @Test("readings are 0 to 9,999,999 km", arguments: [-1, 10_000_000, .max, .min])
  func range(kilometres: Int) {
    #expect(throws: Refusal.self) { try OdometerLedger(previous: nil).admit(kilometres, at: monday) }
  }

  @Test("any sequence of admitted readings and replacements never shortens the vehicle's life")
  func monotonic() {
    var generator = SeededGenerator(seed: 8)
    for _ in 0..<300 {
      var ledger = OdometerLedger(previous: nil)
      var total = 0
      var instant = monday
      for _ in 0..<30 {
        instant = instant.adding(seconds: Int64.random(in: 1...(30 * day), using: &generator))
        let kilometres = (ledger.previous?.kilometres ?? 0) + Int.random(in: -500...4_000, using: &generator)
        let isReplacement = Int.random(in: 0..<8, using: &generator) == 0
        let fresh = Int.random(in: 0...90_000, using: &generator)
        do throws(Refusal) {
          ledger =
            isReplacement
            ? try ledger.replacingCluster(
              ClusterReplacement(oldKilometres: kilometres, newKilometres: fresh, at: instant, reason: "test"))
            : try ledger.recording(.init(kilometres: kilometres, at: instant))
        } catch { continue }
        let now = ledger.totalDistance(at: ledger.previous?.kilometres ?? 0)
        #expect(now >= total)
        total = now
      }
    }
  }
}
