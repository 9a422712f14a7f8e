import Domain
import Testing

@Suite("Telephone numbers")
struct TelephoneNumberTests {
  @Test(
    "every spelling of a number is one number (SEC-04)",
    arguments: [
      (
        "13840012345",
        [
          "138 4001 2345", "138-4001-2345", "+86 138-4001-2345", "+8613840012345", "0086 13840012345",
          "86 138 4001 2345", "8613840012345",
        ]
      ),
      ("02488990011", ["024-88990011", "024 8899 0011", "+86 24 88990011", "+86 024 88990011", "0086-24-88990011"]),
      ("+4915112345678", ["+49 151 12345678", "0049 151-12345678"]),
      ("95598", ["95598", "955 98"]),
    ])
  func spellings(normal: String, written: [String]) {
    for text in written + [normal] { #expect(TelephoneNumber.normalised(text) == normal, "\(text)") }
  }

  @Test(
    "different numbers stay different",
    arguments: [
      ("13840012345", "13840012346"), ("02488990011", "88990011"), ("+4915112345678", "15112345678"),
      // A number of a town that begins with the digits of the country.
      ("8612345", "12345"), ("861234567890", "1234567890"), ("+852 51234567", "+86 51234567"),
    ])
  func different(left: String, right: String) {
    #expect(TelephoneNumber.normalised(left) != TelephoneNumber.normalised(right))
  }
}
