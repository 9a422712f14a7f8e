import Domain
import FoundationEssentials
import Repositories
import Services
import TestSupport
import Testing

@Suite("keys of sealed columns")
struct ColumnKeysTests {
  private static let here = SealedPlace("customers", "phone", "0199b005-9e50-7075-9164-7fc28dae5005")

  @Test("what is sealed is read again, is different every time, and shows nothing of itself (SEC-04, S12)")
  func roundTrip() throws {
    let keys = ColumnKeys.keys("one")
    for text in ["13812345678", "", "辽宁省沈阳市沈河区青年大街100号", "aes256gcm:one:nonsense"] {
      let (first, second) = (keys.sealed(text, at: Self.here), keys.sealed(text, at: Self.here))
      #expect(first != second && first.hasPrefix("aes256gcm:one:2."))
      #expect(text.isEmpty || !first.dropFirst(16).contains(text))
      #expect(try keys.opened(first, at: Self.here) == text)
      #expect(keys.isCurrent(first))
    }
    #expect(!"\(keys)".contains("13812345678") && String(reflecting: keys) == "column keys")
  }

  @Test("a text that was never sealed is read as it stands")
  func clear() throws {
    let keys = ColumnKeys.keys("one")
    for text in ["13812345678", "00000", "aes256gcm", "a@b.cn"] {
      #expect(try keys.opened(text, at: Self.here) == text)
      #expect(!keys.isCurrent(text) && !ColumnKeys.isSealed(text))
    }
  }

  @Test("a changed text, another key's name on it, and a key that is gone are errors, never another text (S12)")
  func tampering() throws {
    let keys = ColumnKeys.keys("one", "two")
    let sealed = keys.sealed("13812345678", at: Self.here)
    let end = sealed.index(sealed.endIndex, offsetBy: -4)
    let changed = sealed[..<end] + (sealed[end] == "A" ? "B" : "A") + sealed[sealed.index(after: end)...]
    let renamed = sealed.replacing("aes256gcm:one:", with: "aes256gcm:two:")
    for wrong in [String(changed), renamed, "aes256gcm:one:", "aes256gcm:one:%%%"] {
      #expect(throws: Failure.self) { try keys.opened(wrong, at: Self.here) }
    }
    #expect(throws: Failure.self) { try ColumnKeys.keys("two").opened(sealed, at: Self.here) }
    #expect(try ColumnKeys.keys("two", "one").opened(sealed, at: Self.here) == "13812345678")
    #expect(!ColumnKeys.keys("two", "one").isCurrent(sealed))
  }

  @Test("a text that was moved to another row, column or table is refused, never read as theirs (SEC-04, S12)")
  func moved() throws {
    let keys = ColumnKeys.keys("one")
    let sealed = keys.sealed("13812345678", at: Self.here)
    for there in [
      SealedPlace("customers", "phone", "0199b005-9e50-7075-9164-7fc28dae5006"),
      SealedPlace("customers", "phone2", Self.here.row), SealedPlace("complaints", "phone", Self.here.row),
    ] {
      #expect(throws: Failure.self) { try keys.opened(sealed, at: there) }
    }
    // Nor does taking the version away make it one that knows no place.
    let downgraded = sealed.replacing("aes256gcm:one:2.", with: "aes256gcm:one:")
    #expect(throws: Failure.self) { try keys.opened(downgraded, at: Self.here) }
  }

  @Test("a text sealed before texts were bound to their place is read, and is to be sealed anew (S12)")
  func unbound() throws {
    let keys = ColumnKeys.keys("one")
    let old = "aes256gcm:one:AAECAwQFBgcICQoLkWsFZxIeL5jL6v/q3yybacl27JyScPj5ccDI"
    #expect(try keys.opened(old, at: Self.here) == "13812345678")
    #expect(!keys.isCurrent(old) && ColumnKeys.isSealed(old))
  }

  @Test("weak keys, wrong names and two of one name are refused (S12)")
  func weak() throws {
    let good = (0..<32).map { UInt8($0 * 7) }
    #expect(throws: ColumnKeys.Refused.weak) { try ColumnKeys.Key(name: "k", bytes: Array(good.dropLast())) }
    #expect(throws: ColumnKeys.Refused.weak) { try ColumnKeys.Key(name: "k", bytes: [UInt8](repeating: 0, count: 32)) }
    #expect(throws: ColumnKeys.Refused.name) { try ColumnKeys.Key(name: "", bytes: good) }
    #expect(throws: ColumnKeys.Refused.name) { try ColumnKeys.Key(name: "K:1", bytes: good) }
    #expect(throws: ColumnKeys.Refused.noKey) { try ColumnKeys([]) }
    let key = try ColumnKeys.Key(name: "k", bytes: good)
    #expect(throws: ColumnKeys.Refused.sameName) { try ColumnKeys([key, key]) }
  }
}
