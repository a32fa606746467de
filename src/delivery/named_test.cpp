#include "delivery/named.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace mailcast::delivery {
namespace {

constexpr chat::EntityId ada = 1;
constexpr chat::EntityId lab = 2;
constexpr chat::EntityId first_last = 3;

std::shared_ptr<const Directory> directory() {
    Directory::Source source;
    source.hostname = "chat.example.org";
    source.domains = {"example.org"};
    source.entities = {{ada, chat::EntityKind::person, "ada", "ada", {}},
                       {lab, chat::EntityKind::place, "lab", "lab", {}},
                       {first_last, chat::EntityKind::person, "first.last", "First.Last", {}}};
    source.aliases = {{"team@example.org", {"~ada", "*lab"}}};
    return Directory::make(std::move(source));
}

Reading to_and_cc(const std::vector<std::string>& to, const std::vector<std::string>& cc) {
    Reading reading;
    for (const std::string& address : to) {
        reading.to.push_back({.name = "", .address = address});
    }
    for (const std::string& address : cc) {
        reading.cc.push_back({.name = "", .address = address});
    }
    return reading;
}

mail::Envelope envelope_to(const std::vector<std::string>& addresses) {
    mail::Envelope envelope;
    for (const std::string& address : addresses) {
        mail::Recipient recipient;
        recipient.mailbox = *mail::parse_mailbox(address);
        recipient.original = address;
        envelope.recipients.push_back(std::move(recipient));
    }
    return envelope;
}

struct NamedTest : testing::Test {
    std::shared_ptr<const Directory> names = directory();

    NamedSlot found(const Reading& reading, const std::vector<std::string>& recipients,
                    chat::EntityId id) const {
        PlannedEntity planned;
        for (const Entity& entity : names->entities()) {
            planned.entity = entity.id == id ? &entity : planned.entity;
        }
        for (std::size_t slot = 0; slot < recipients.size(); ++slot) {
            planned.slots.push_back(slot);
        }
        return Named(reading, *names).slot_of(envelope_to(recipients), planned);
    }
};

TEST_F(NamedTest, who_stands_in_to_or_cc_is_named_and_nobody_else) {
    const Reading reading = to_and_cc({"bea@example.net", "ADA@Example.org"}, {"lab@example.org"});
    EXPECT_TRUE(found(reading, {"ada@example.org"}, ada).is_named);
    EXPECT_TRUE(found(reading, {"LAB@example.org"}, lab).is_named);
    EXPECT_FALSE(found(reading, {"first.last@example.org"}, first_last).is_named);
    const Named named(reading, *names);
    EXPECT_TRUE(named.has({.local = "bea", .domain = "example.net"}));
    EXPECT_FALSE(named.has({.local = "eve", .domain = "example.net"}));
}

TEST_F(NamedTest, of_several_addresses_of_one_the_named_one_counts) {
    const Reading reading = to_and_cc({"ada@example.org"}, {});
    const NamedSlot by = found(reading, {"team@example.org", "ada@example.org"}, ada);
    EXPECT_TRUE(by.is_named);
    EXPECT_EQ(by.slot, 1U);
}

TEST_F(NamedTest, another_spelling_of_the_address_names_as_well) {
    const Reading reading =
        to_and_cc({"~ada@example.org", "*lab@example.org"}, {"firstlast+x@chat.example.org"});
    EXPECT_TRUE(found(reading, {"ada@example.org"}, ada).is_named);
    EXPECT_TRUE(found(reading, {"lab@example.org"}, lab).is_named);
    const NamedSlot by = found(reading, {"First.Last@example.org"}, first_last);
    EXPECT_TRUE(by.is_named);
    EXPECT_EQ(by.slot, 0U);
}

TEST_F(NamedTest, an_alias_of_several_names_none_of_them_by_an_own_address) {
    const Reading reading = to_and_cc({"team@example.org", "no address"}, {});
    EXPECT_FALSE(found(reading, {"ada@example.org"}, ada).is_named);
    EXPECT_TRUE(found(reading, {"team@example.org"}, ada).is_named);
}

} // namespace
} // namespace mailcast::delivery
