import Domain
import Testing

@Suite("Masks of personal data")
struct PersonalDataTests {
  @Test(
    "names keep the surname, or one Latin letter (SEC-04)",
    arguments: [
      ("张三", "张*"), ("李小龙", "李*"), ("欧阳娜娜", "欧阳*"), ("欧阳", "欧*"), ("司马 光", "司马*"), ("张", "*"), ("𠮷田太郎", "𠮷*"),
      ("John Smith", "J***"), ("anna", "a***"), ("J", "***"), ("Élodie Martin", "É***"), ("Иван", "И***"), ("", "***"),
      ("  王 五 ", "王*"),
    ])
  func names(name: String, masked: String) {
    #expect(PersonalData.name(name) == masked)
  }

  @Test(
    "Chinese mobiles keep 3 + 4 digits, other numbers the last 4 (SEC-04)",
    arguments: [
      ("13812345678", "138****5678"), ("+86 138-1234-5678", "138****5678"), ("008613812345678", "138****5678"),
      ("86 19912345678", "199****5678"), ("１３８１２３４５６７８", "138****5678"), ("024-88556677", "****6677"),
      ("+49 30 1234567", "****4567"), ("12012345678", "****5678"), ("8855667", "****5667"), ("110", "****"),
      ("400-818-1234", "****1234"), ("", "****"), ("call me", "****"),
    ])
  func phones(phone: String, masked: String) {
    #expect(PersonalData.phone(phone) == masked)
  }

  @Test(
    "e-mail keeps one letter and the domain (SEC-04)",
    arguments: [
      ("anna.li@example.com", "a***@example.com"), ("张三@例子.中国", "张***@例子.中国"), ("a@example.com", "***@example.com"),
      ("@example.com", "***@example.com"), ("\"a@b\"@example.com", "\"***@example.com"), ("nonsense", "***"),
      ("x@", "***"),
      ("", "***"),
    ])
  func emails(email: String, masked: String) {
    #expect(PersonalData.email(email) == masked)
  }

  @Test(
    "an address keeps the city, where one can be told (SEC-04)",
    arguments: [
      ("辽宁省沈阳市大东区东塔街3号", "沈阳市***"), ("沈阳市和平区中华路1号", "沈阳市***"), ("北京市朝阳区建国路88号", "北京市***"),
      ("中国广西壮族自治区南宁市青秀区", "南宁市***"), ("内蒙古自治区呼和浩特市新城区", "呼和浩特市***"), ("上海路门市部", "***"), ("幸福路3号超市", "***"),
      ("市场街5号", "***"), ("12 Dongta Street, Shenyang", "***"), ("", "***"),
    ])
  func addresses(address: String, masked: String) {
    #expect(PersonalData.address(address) == masked)
  }

  @Test("an address kept in parts names its city")
  func addressInParts() {
    #expect(PersonalData.address("12 Dongta Street", city: "Shenyang") == "Shenyang***")
  }

  @Test(
    "identity numbers keep the first 6 and the last 4 (SEC-04)",
    arguments: [
      ("11010519491231002X", "110105********002X"), ("210102198001011234", "210102********1234"),
      ("210102800101123", "210102*****1123"), ("E12345678", "***"), ("2101021980010112X4", "***"), ("", "***"),
    ])
  func identityNumbers(number: String, masked: String) {
    #expect(PersonalData.identityNumber(number) == masked)
  }

  @Test("no mask lets the middle of a number through")
  func nothingLeaks() {
    var generator = SeededGenerator(seed: 12)
    for _ in 0..<2_000 {
      let middle = Int.random(in: 1_000...9_999, using: &generator)
      let phone = "139\(middle)0000"
      #expect(PersonalData.phone(phone) == "139****0000")
      let birth = Int.random(in: 19_000_101...20_251_231, using: &generator)
      #expect(!PersonalData.identityNumber("210102\(birth)0000").contains("\(birth)"))
    }
  }
}
