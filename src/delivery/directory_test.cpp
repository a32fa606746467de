#include "delivery/directory.h"
#include "delivery/names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::delivery {
namespace {

using chat::EntityKind;

Entity person(chat::EntityId id, const char* name) {
    return {id, EntityKind::person, name, name, {}};
}

Entity place(chat::EntityId id, const char* name) {
    return {id, EntityKind::place, name, name, {}};
}

Directory::Source example() {
    Directory::Source source;
    source.hostname = "chat.example.org";
    source.domains = {"example.org"};
    source.postmaster = "admin";
    source.entities = {person(1, "ada"), person(2, "First.Last"), person(3, "admin"),
                       place(4, "lab"),  place(5, "ada"),         place(6, "Ops"),
                       person(7, "c++"), person(8, "twin"),       place(9, "twin")};
    source.aliases = {
        {"info@example.org", {"~ada"}},
        {"all@example.org",
         {"~ada", "*lab", "~ada", "psyc://chat.example.org/@lab", "info@example.org"}},
        {"far@example.org", {"psyc://other.example/~bea", "xmpp:bea@other.example", "~ada"}},
        {"post@example.org", {"bea@elsewhere.example"}},
        {"chain@example.org", {"All@example.org"}},
        {"loop1@example.org", {"loop2@example.org"}},
        {"loop2@example.org", {"loop1@example.org"}},
        {"knot@example.org", {"knot@example.org", "~ada"}},
        {"ada+work@example.org", {"*lab"}},
        {"gone@example.org", {"~nobody"}},
        {"detail@example.org", {"ada+work2@example.org"}},
        {"J.Random@example.org", {"~firstlast"}},
        {"12@example.org", {"@ops"}},
        {"bare@example.org", {"lab"}},
    };
    return source;
}

std::string spelled(const Target& target) {
    if (const auto* remote = std::get_if<RemoteTarget>(&target)) {
        return remote->uniform;
    }
    const Entity* entity = std::get<const Entity*>(target);
    return (entity->kind == EntityKind::person ? "~" : "*") + entity->name;
}

std::string spelled(const Resolution& resolution) {
    switch (resolution.kind) {
    case Resolution::Kind::unknown:
        return "unknown";
    case Resolution::Kind::not_ours:
        return "not ours";
    case Resolution::Kind::no_postmaster:
        return "no postmaster";
    case Resolution::Kind::broken_alias:
        return "broken alias";
    case Resolution::Kind::found:
        break;
    }
    std::string out;
    for (const Target& target : resolution.targets) {
        out += (out.empty() ? "" : " ") + spelled(target);
    }
    return out;
}

struct Row {
    const char* local;
    const char* domain;
    const char* leads_to;
};

TEST(Directory, where_addresses_lead) {
    const auto directory = Directory::make(example());
    for (const Row& row : {
             // DESIGN 5.4
             Row{"ada", "example.org", "~ada"},
             Row{"ada", "chat.example.org", "~ada"},
             Row{"~ada", "example.org", "~ada"},
             Row{"*ada", "example.org", "*ada"},
             Row{"*lab", "example.org", "*lab"},
             Row{"lab", "example.org", "*lab"},
             Row{"LAB", "example.org", "*lab"},
             Row{"twin", "example.org", "~twin"},
             Row{"*twin", "example.org", "*twin"},
             Row{"~lab", "example.org", "unknown"},
             Row{"*admin", "example.org", "unknown"},
             Row{"nobody", "example.org", "unknown"},
             Row{"@lab", "example.org", "unknown"},
             Row{"", "example.org", "unknown"},
             Row{"~", "example.org", "unknown"},
             Row{"*", "example.org", "unknown"},
             Row{"ada", "example.net", "not ours"},
             Row{"ada", "sub.example.org", "not ours"},
             Row{"ada", "[127.0.0.1]", "not ours"},
             Row{"", "", "not ours"},
             Row{"ada", "", "not ours"},
             // Dots and case.
             Row{"FIRST.LAST", "example.org", "~firstlast"},
             Row{"first.last", "example.org", "~firstlast"},
             Row{"f.i.rstlast", "example.org", "~firstlast"},
             Row{"A.d.A", "example.org", "~ada"},
             Row{"la.b", "example.org", "unknown"},
             // +detail
             Row{"ada+anything", "example.org", "~ada"},
             Row{"~ada+x", "example.org", "~ada"},
             Row{"*lab+x", "example.org", "*lab"},
             Row{"lab+x+y", "example.org", "*lab"},
             Row{"info+x", "example.org", "~ada"},
             Row{"+x", "example.org", "unknown"},
             Row{"nobody+ada", "example.org", "unknown"},
             Row{"c++", "example.org", "~c++"},
             Row{"ada+work", "example.org", "*lab"},
             Row{"ADA+Work", "example.org", "*lab"},
             Row{"ada+work", "chat.example.org", "~ada"},
             // Aliases
             Row{"info", "example.org", "~ada"},
             Row{"INFO", "example.org", "~ada"},
             Row{"info", "chat.example.org", "unknown"},
             Row{"all", "example.org", "~ada *lab"},
             Row{"chain", "example.org", "~ada *lab"},
             Row{"far", "example.org", "psyc://other.example/~bea xmpp:bea@other.example ~ada"},
             Row{"post", "example.org", "mailto:bea@elsewhere.example"},
             Row{"loop1", "example.org", "broken alias"},
             Row{"knot", "example.org", "~ada"},
             Row{"gone", "example.org", "unknown"},
             Row{"detail", "example.org", "~ada"},
             Row{"j.random", "example.org", "~firstlast"},
             Row{"jrandom", "example.org", "unknown"},
             Row{"12", "example.org", "*ops"},
             Row{"bare", "example.org", "*lab"},
             // Postmaster
             Row{"postmaster", "example.org", "~admin"},
             Row{"PostMaster", "", "~admin"},
             Row{"postmaster", "chat.example.org", "~admin"},
             Row{"postmaster+x", "example.org", "~admin"},
             Row{"postmaster", "example.net", "not ours"},
         }) {
        EXPECT_EQ(spelled(directory->resolve({row.local, row.domain})), row.leads_to)
            << row.local << "@" << row.domain;
    }
}

TEST(Directory, a_name_longer_than_any_is_unknown) {
    const auto directory = Directory::make(example());
    EXPECT_EQ(spelled(directory->resolve({std::string(5000, 'a'), "example.org"})), "unknown");
    EXPECT_EQ(spelled(directory->resolve({"ada" + std::string(5000, '.'), "example.org"})), "~ada");
}

struct PostmasterRow {
    const char* configured;
    std::vector<Entity> entities;
    std::vector<Alias> aliases;
    const char* leads_to;
};

TEST(Directory, postmaster_always_leads_to_somebody_if_there_is_anybody) {
    const std::vector<PostmasterRow> rows{
        {"ada", {person(1, "ada"), person(2, "postmaster")}, {}, "~ada"},
        {"*ops", {person(1, "ops"), place(2, "ops")}, {}, "*ops"},
        {"ops", {person(1, "ada"), place(2, "ops")}, {}, "*ops"},
        {"gone", {person(2, "bea"), person(1, "zoe")}, {}, "~zoe"},
        {"", {person(2, "bea"), person(1, "zoe")}, {}, "~zoe"},
        {"", {person(1, "ada"), person(2, "postmaster")}, {}, "~postmaster"},
        {"", {person(1, "ada"), place(2, "postmaster")}, {}, "*postmaster"},
        {"", {place(2, "lab")}, {}, "no postmaster"},
        {"ada", {}, {}, "no postmaster"},
        {"ada", {person(1, "ada"), place(2, "lab")}, {{"postmaster@h", {"*lab"}}}, "*lab"},
        {"ada", {person(1, "ada")}, {{"postmaster@h", {"~gone"}}}, "~ada"},
    };
    for (const PostmasterRow& row : rows) {
        Directory::Source source;
        source.hostname = "h";
        source.postmaster = row.configured;
        source.entities = row.entities;
        source.aliases = row.aliases;
        const auto directory = Directory::make(std::move(source));
        EXPECT_EQ(spelled(directory->resolve({"postmaster", ""})), row.leads_to) << row.configured;
        EXPECT_EQ(spelled(directory->resolve({"Postmaster", "h"})), row.leads_to) << row.configured;
    }
}

TEST(Directory, aliases_are_followed_to_the_limit_and_no_further) {
    for (const std::size_t depth : {Directory::max_alias_depth, Directory::max_alias_depth + 1}) {
        Directory::Source source;
        source.hostname = "h";
        source.entities = {person(1, "ada")};
        for (std::size_t i = 0; i < depth; ++i) {
            source.aliases.push_back(
                {"a" + std::to_string(i) + "@h", {"a" + std::to_string(i + 1) + "@h"}});
        }
        source.aliases.push_back({"a" + std::to_string(depth) + "@h", {"~ada"}});
        const auto directory = Directory::make(std::move(source));
        EXPECT_EQ(spelled(directory->resolve({"a0", "h"})),
                  depth == Directory::max_alias_depth ? "~ada" : "broken alias");
    }
}

TEST(Directory, an_alias_has_at_most_so_many_targets) {
    Directory::Source source;
    source.hostname = "h";
    Alias alias{"all@h", {}};
    for (std::size_t i = 0; i <= Directory::max_alias_targets; ++i) {
        alias.targets.push_back("psyc://other/~p" + std::to_string(i));
    }
    source.aliases = {alias};
    const auto directory = Directory::make(std::move(source));
    EXPECT_EQ(directory->resolve({"all", "h"}).targets.size(), Directory::max_alias_targets);
}

TEST(Directory, a_snapshot_keeps_its_answers_while_it_lives) {
    auto directory = Directory::make(example());
    const Resolution resolution = directory->resolve({"all", "example.org"});
    const auto other = Directory::make({});
    EXPECT_EQ(spelled(other->resolve({"all", "example.org"})), "not ours");
    EXPECT_EQ(spelled(resolution), "~ada *lab");
    EXPECT_EQ(directory->find(EntityKind::person, "ADA")->id, 1);
    EXPECT_EQ(directory->find(4)->name, "lab");
    EXPECT_EQ(directory->find(400), nullptr);
}

struct NameRow {
    EntityKind kind;
    const char* name;
    bool good;
};

TEST(Names, only_what_psyc_can_write_is_a_name) {
    const std::string longest(max_name, 'a');
    const std::string too_long(max_name + 1, 'a');
    for (const NameRow& row : {
             NameRow{EntityKind::person, "ada", true},
             NameRow{EntityKind::person, "A-d_a=1+2", true},
             NameRow{EntityKind::person, "_x", true},
             NameRow{EntityKind::person, "First.Last", true},
             NameRow{EntityKind::place, "First.Last", false},
             NameRow{EntityKind::person, longest.c_str(), true},
             NameRow{EntityKind::person, too_long.c_str(), false},
             NameRow{EntityKind::person, "", false},
             NameRow{EntityKind::person, "...", false},
             NameRow{EntityKind::person, "1ada", false},
             NameRow{EntityKind::person, "-ada", false},
             NameRow{EntityKind::person, "=ada", false},
             NameRow{EntityKind::person, "!ada", false},
             NameRow{EntityKind::person, "a b", false},
             NameRow{EntityKind::person, "a@b", false},
             NameRow{EntityKind::person, "a/b", false},
             NameRow{EntityKind::person, "a\nb", false},
             NameRow{EntityKind::person, "\xc3\xa4", false},
         }) {
        EXPECT_EQ(!name_fault(row.kind, row.name).has_value(), row.good) << row.name;
    }
}

TEST(Names, entities_are_written_in_four_ways) {
    struct Form {
        const char* text;
        const char* parsed; // kind letter, host, port, name; "" when it is none
    };

    for (const Form& row : {
             Form{"~ada", "p|||ada"},
             Form{"*lab", "r|||lab"},
             Form{"@lab", "r|||lab"},
             Form{"ada", "-|||ada"},
             Form{"psyc://chat.example.org/~ada", "p|chat.example.org||ada"},
             Form{"PSYC://h:4404/@lab", "r|h|4404|lab"},
             Form{"psyc://[::1]:4404/@lab", "r|[::1]|4404|lab"},
             Form{"psyc://[::1]/@lab", "r|[::1]||lab"},
             Form{"psyc://h/ada", ""},
             Form{"psyc://h/", ""},
             Form{"psyc://h", ""},
             Form{"psyc:///~ada", ""},
             Form{"psyc://h/psyc://h/~a", ""},
             Form{"ada@example.org", ""},
             Form{"xmpp:ada@example.org", ""},
             Form{"~", ""},
             Form{"", ""},
             Form{"~*a", ""},
             Form{"a b", ""},
         }) {
        const auto name = parse_entity_name(row.text);
        std::string parsed;
        if (name) {
            parsed = !name->kind ? "-" : *name->kind == EntityKind::person ? "p" : "r";
            parsed += "|" + std::string(name->host) + "|" + std::string(name->port) + "|" +
                      std::string(name->name);
        }
        EXPECT_EQ(parsed, row.parsed) << row.text;
    }
}

} // namespace
} // namespace mailcast::delivery
