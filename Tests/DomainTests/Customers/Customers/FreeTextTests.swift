import Domain
import Testing

/// What is cleaned from people's own words, and what the workshop needs left in them (SEC-04).
@Suite struct FreeTextTests {
  @Test(
    "telephone numbers, e-mail and identity numbers are masked wherever they stand (SEC-04)",
    arguments: [
      ("电话13812345678，下午联系", "电话138****5678，下午联系"), ("call +86 138-1234-5678 please", "call 138****5678 please"),
      ("138 1234 5678/024-88881234", "138****5678/****1234"), ("座机 88881234。", "座机 ****1234。"),
      ("热线400-810-1234", "热线****1234"), ("+49 89 1234567", "****4567"), ("a.li@example.com。", "a***@example.com。"),
      ("mail a.li@example.com.", "mail a***@example.com."), ("身份证210102199003071234", "身份证210102********1234"),
      ("21010219900307123X", "210102********123X"), ("13812345678, 13912345678", "138****5678, 139****5678"),
    ])
  func masked(_ text: String, _ shown: String) {
    #expect(FreeText.cleaned(text) == shown)
  }

  @Test(
    "days, distances, amounts, numbers of documents, vehicles and parts stay",
    arguments: [
      "", "+", "制动时前轮有异响", "2026-03-02 来厂, 里程 123456 km", "WO-SY001-2026-000123", "LSVAA4182E2123456",
      "件号 90915-10003", "BP-1 x 2 = 1234.50", "0W-20 机油 4L", "2026-03-02T01:02:03Z", "P0301 P0302", "转速 3000-4000",
    ])
  func kept(_ text: String) {
    #expect(FreeText.cleaned(text) == text)
  }

  @Test("the names that a document knows are masked like in their own fields; what is cleaned once stays as it is")
  func names() {
    let text = "王小明说他太太 John Smith 来取, 13812345678"
    let shown = FreeText.cleaned(text, names: ["王小明", "John Smith", "王", ""])
    #expect(shown == "王*说他太太 J*** 来取, 138****5678")
    #expect(FreeText.cleaned(shown, names: ["王小明"]) == shown)
  }

  @Test(
    "a name is found however its letters are composed, and never in the middle of one",
    arguments: [
      ("Jose\u{301} kommt", "Jos\u{e9}", "J*** kommt"), ("Jos\u{e9} kommt", "Jose\u{301}", "J*** kommt"),
      ("Josef kommt", "Jos\u{e9}", "Josef kommt"), ("找\u{f9e1}明", "李明", "找李*"), ("小明说，小明来", "小明", "小*说，小*来"),
      ("小明", "小明明", "小明"),
    ])
  func spellings(_ text: String, _ name: String, _ shown: String) {
    #expect(FreeText.cleaned(text, names: [name]) == shown)
  }
}
