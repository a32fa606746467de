#include "text/html.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mailcast::text {
namespace {

struct Case {
    std::string_view html;
    std::string_view text;
};

void expect_all(std::initializer_list<Case> cases) {
    for (const Case& c : cases) {
        EXPECT_EQ(html_to_text(c.html), c.text) << c.html;
    }
}

TEST(Html, white_space_collapses_and_blocks_break) {
    expect_all({
        {"", ""},
        {"plain", "plain"},
        {"  a \n\t b  ", "a b"},
        {"<p>one</p><p>two</p>", "one\n\ntwo"},
        {"<div>one</div><div>two</div>three", "one\ntwo\nthree"},
        {"<div><div><div>a</div></div></div><div>b</div>", "a\nb"},
        {"<h1>Title</h1>text", "Title\n\ntext"},
        {"a<b>b</b><i>c</i> d", "abc d"},
        {"one<br>two<br/>three", "one\ntwo\nthree"},
        {"one<br><br><br><br>two", "one\n\ntwo"},
        {"<div>a</div><div><br></div><div>b</div>", "a\n\nb"},
        {"<div>a<br></div><div>b</div>", "a\nb"},
        {"<p>a</p>\n\n<p> </p>\n<p>b</p>", "a\n\nb"},
        {"above<hr>below", "above\n--------------------\nbelow"},
        {"<hr><hr>only", "only"},
    });
}

TEST(Html, what_is_no_text_of_the_page_is_left_out) {
    expect_all({
        {"<html><head><title>T</title><style>p{color:red}</style></head><body>x</body>", "x"},
        {"a<script>if (1<2) document.write('</b>')</script>b", "ab"},
        {"a<STYLE>x</sTyLe >b", "ab"},
        {"a<!-- <p>b</p> -->c", "ac"},
        {"a<!-->b", "ab"},
        {"<!--[if mso]><p>outlook</p><![endif]-->x", "x"},
        {"<!--[if !mso]><!-->x<!--<![endif]-->", "x"},
        {"<![if !vml]>x<![endif]>", "x"},
        {"<?xml version='1.0'?><!DOCTYPE html>x", "x"},
        {"a<svg><text>no</text></svg>b<template><p>no</p></template>c", "abc"},
        {"<math><mi>x</mi><annotation>x^2</annotation></math>y", "xy"},
        {"<xml><o:p>96</o:p></xml>a<o:p>&nbsp;</o:p>", "a"},
        {"a<!-- never closed <p>b", "ab"},
        {"<title>no end <p>shown", "shown"},
    });
}

TEST(Html, hidden_text_is_left_out) {
    expect_all({
        {"<div style='display:none'>pre</div>x", "x"},
        {"<div style=\"color:#fff; Display : None !important\">pre<div>in</div>pre</div>x", "x"},
        {"<span style='visibility:hidden'>p</span>x", "x"},
        {"<div style='max-height:0px;overflow:hidden'>p</div>x", "x"},
        {"<div style='max-height:0.5em'>p</div>x", "p\nx"},
        {"<div style='opacity:0'>p</div>x", "x"},
        {"<div style='opacity:0.9'>p</div>x", "p\nx"},
        {"<div style='mso-hide:all'>p</div>x", "x"},
        {"<a style='mso-hide:all' href='https://e.org/b'>Button</a>", "Button <https://e.org/b>"},
        {"<p hidden>p</p>x", "x"},
        {"<p hidden>p<p>x", "x"},
        {"<span aria-hidden=true>shown</span>", "shown"},
        {"<span style='font-size:0'>p</span>x", "x"},
        {"<td style='font-size:0px'><div style='font-size:13px'>shown</div></td>", "shown"},
        {"<table><tr><td style='display:none'>p<td>x</table>", "x"},
        {"<table><tr style='display:none'><td>p</td></tr><tr><td>x</td></tr></table>", "x"},
        {"<style>.preheader { display: none !important; }</style>"
         "<span class='preheader'>p</span>x",
         "x"},
        {"<style>.a,p.b,#c{display:none}</style><p class='x a'>1</p><p class=b>2</p><i id=c>3</i>x",
         "x"},
        {"<style>.a{display:none}.a{display:block}.b .c,.d:hover{display:none}</style>"
         "<b class=a>1</b><b class=c>2</b><b class=d>3</b>x",
         "123x"},
        {"<style>/*.a*/@import x;@media (max-width:9px){.a{display:none}.b{x:y}}</style>"
         "<b class=a>1</b>x",
         "1x"},
        {"<style>.a{display:none}@media (max-width:9px){.a{display:block}}</style><b "
         "class=a>1</b>x",
         "x"},
        {"<style>.a{display:none}@media (min-width:9px){.a{display:block}}</style><b "
         "class=a>1</b>x",
         "1x"},
        {"<style>.a{display:none}</style><b class=a style='display:inline'>1</b>x", "1x"},
        {"<p style='position:absolute;left:-9999px'>p</p>x", "x"},
        {"<p style='text-indent:-18.0pt'>p</p>x", "p\n\nx"},
        {"<p style='text-indent:-999em'>p</p>x", "x"},
        {"<p style='font-size:1px;line-height:1px'>p</p>x", "x"},
        {"<p style='font-size:1em'>p</p>x", "p\n\nx"},
        {"<p style='font:0/0 a'>p</p>x", "x"},
        {"<p style='color:transparent'>p</p>x", "x"},
        {"<p style='visibility:collapse'>p</p>x", "x"},
        {"<p style='transform:scale(0)'>p</p>x", "x"},
        {"<p style='transform:scale(0.9);clip:rect(0,10px,9px,0)'>p</p>x", "p\n\nx"},
        {"<p style='clip:rect(1px, 1px, 1px, 1px)'>p</p>x", "x"},
        {"<p style='width:1px;height:1px;overflow:hidden'>p</p>x", "x"},
        {"<p style='opacity:0.01'>p</p>x", "x"},
        {"<p style='opacity:.9'>p</p>x", "p\n\nx"},
        {"<p style='opacity:0%'>p</p>x", "x"},
        {"<p style='opacity:90%'>p</p>x", "p\n\nx"},
        {"<p style='width:0;overflow:hidden'>p</p>x", "x"},
        {"<p style='max-width:0px;overflow:hidden'>p</p>x", "x"},
        {"<p style='width:0'>p</p>x", "p\n\nx"},
        {"<p style='color:#FFF;background-color:#ffffff'>p</p>x", "x"},
        {"<p style='color:white !important;background:#fff none'>p</p>x", "x"},
        {"<p style='color:#fff;background:#000'>p</p>x", "p\n\nx"},
        {"<div style='color:#fff;background:#fff'><div>p</div><b style='color:#000'>q</b></div>x",
         "p\nq\nx"},
        {"<i style='font-size:0'>&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;</i>x", "x"},
        {"Hi&nbsp;&zwnj;&nbsp;&zwnj;&#847;&nbsp;&shy;&#8199;<div>x</div>", "Hi\nx"},
    });
}

TEST(Html, hiding_never_swallows_the_page) {
    expect_all({
        {"<div style='display:none'>all there is", "all there is"},
        {"<div style='display:none'>all there is</div>", "all there is"},
        {"a<span hidden>b<p>c", "ab\n\nc"},
        {"<div style='font-size:0'>all there is", "all there is"},
    });
}

TEST(Html, attributes_are_of_their_own_tag_only) {
    expect_all({
        {"<p hidden>a</p><p>b", "b"},
        {"<p style='display:none'>a</p><p id=x>b<p>c", "b\n\nc"},
        {"<style>.x{display:none}</style><b class=x>a</b><b>b</b>", "b"},
        {"<a href=https://e.org/>a</a> <a>b</a>", "a <https://e.org/> b"},
        {"<img alt=a> <img>b", "a b"},
        {"<ol start=9><li value=4>b<li>c</ol><ol><li>d</ol>", "4. b\n5. c\n\n1. d"},
        {"<div hidden><p hidden><p>a</div>b<p>c", "b\n\nc"},
    });
}

TEST(Html, links_tell_their_target_when_it_differs) {
    expect_all({
        {"<a href='https://example.org/a'>here</a>.", "here <https://example.org/a>."},
        {"<a href='https://example.org/'>https://example.org</a>", "https://example.org"},
        {"<a href='http://www.example.org/'>Example.ORG</a>", "Example.ORG"},
        {"<a href='mailto:ada@example.org'>ada@example.org</a>", "ada@example.org"},
        {"<a href='mailto:ada@example.org'>Ada</a>", "Ada <ada@example.org>"},
        {"<a href='tel:+49123456'>+49 123-456</a>", "+49 123-456"},
        {"<a href='https://bad.example/'>https://bank.example/</a>",
         "https://bank.example/ <https://bad.example/>"},
        {"<a href='#top'>up</a> <a href='javascript:x()'>js</a> <a name=x>n</a>", "up js n"},
        {"<a href='https://e.org/?a=1&amp;b=2&copy=3'>q</a>", "q <https://e.org/?a=1&b=2&copy=3>"},
        {"<a href='https://e.org/a\n b>c'>q</a>", "q <https://e.org/a%20b%3Ec>"},
        {"<a href='https://e.org/x'><div>one</div></a><div>two</div>",
         "one <https://e.org/x>\ntwo"},
        {"<a href='https://e.org/x'><img src=i alt='Logo'></a><a href='https://e.org/x'>Shop</a>",
         "Logo <https://e.org/x> Shop"},
        {"<a href='https://e.org/x'><img src=i></a>", "<https://e.org/x>"},
        {"<a href='https://e.org/x'>never closed", "never closed <https://e.org/x>"},
        {"<a href=https://e.org/x>bare</a>", "bare <https://e.org/x>"},
        {"<a href=https://e.org/x>a</a><a href=https://e.org/y>b</a>c\xC3\xBC",
         "a <https://e.org/x> b <https://e.org/y> c\xC3\xBC"},
    });
}

TEST(Html, lists_have_markers_and_indentation) {
    expect_all({
        {"a<ul><li>b</li><li>c</li></ul>d", "a\n\n* b\n* c\n\nd"},
        {"<ol><li>b<li>c</ol>", "1. b\n2. c"},
        {"<ol start=9><li>b<li>c</ol>", "9. b\n10. c"},
        {"<ol><li value=5>b<li>c</ol>", "5. b\n6. c"},
        {"<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "* a\n  * b\n* c"},
        {"<ul><li>a<br>more</li></ul>", "* a\n  more"},
        {"<ul><li><p>a</p><p>b</p></li><li><p>c</p></li></ul>", "* a\n\n  b\n\n* c"},
        {"<ul><li></li><li>x</li></ul>", "* x"},
        {"<dl><dt>term</dt><dd>what<br>it is</dd><dt>other<dd>x</dl>y",
         "term\n  what\n  it is\nother\n  x\n\ny"},
    });
}

TEST(Html, quotes_are_marked) {
    expect_all({
        {"<blockquote>a<br>b</blockquote>c", "> a\n> b\nc"},
        {"<blockquote><p>a</p><p>b</p></blockquote><p>c</p>", "> a\n>\n> b\n\nc"},
        {"<blockquote>a<blockquote>b</blockquote>c</blockquote>", "> a\n> > b\n> c"},
        {"<p>On Monday Ada wrote:</p><blockquote type=cite>hello</blockquote>",
         "On Monday Ada wrote:\n\n> hello"},
    });
}

TEST(Html, tables_read_by_row) {
    expect_all({
        {"<table><tr><th>Name</th><th>Price</th></tr><tr><td>Tea</td><td>3</td></tr></table>",
         "Name | Price\nTea | 3"},
        {"<table><tr><td>a<td>b<tr><td>c<td>d</table>e", "a | b\nc | d\ne"},
        {"<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>", "a | b"},
        {"<table><tr><td>&nbsp;</td><td>x</td><td>&nbsp;</td></tr></table>", "x"},
        {"<table><tr><td><table><tr><td>inner</td></tr></table></td></tr>"
         "<tr><td>next</td></tr></table>",
         "inner\nnext"},
        {"<table><tr><td>A</td><td><table><tr><td>B</td></tr></table></td></tr></table>", "A | B"},
        // A cell that goes on over several lines: then each cell has lines of its own.
        {"<table><tr><td>To:</td><td>Ada<br>London</td><td>x</td></tr></table>",
         "To:\nAda\nLondon\nx"},
        {"<blockquote><table><tr><td>To:</td><td>Ada<br>London</td></tr></table></blockquote>",
         "> To:\n> Ada\n> London"},
        // In a table with columns the first cell may have a second line, and the others stand beside that.
        {"<table><tr><th>Item</th><th>Qty</th><th>Price</th></tr><tr><td>Tea<br>100 "
         "g</td><td>2</td>"
         "<td>6</td></tr><tr><td><p>Cup</p></td><td>1</td><td>3</td></tr></table>",
         "Item | Qty | Price\nTea\n100 g | 2 | 6\n\nCup | 1 | 3"},
        {"<table><tr><td>a</td><td>b</td></tr><tr><td>To:<br>Ada</td><td>By:<br>Bea</td></tr></"
         "table>",
         "a | b\nTo:\nAda\nBy:\nBea"},
        {"<table><tr><td>a</td><td>b</td></tr><tr><td>1<br>2<br>3<br>4</td><td>c</td></tr></table>",
         "a | b\n1\n2\n3\n4\nc"},
        {"<td>no table", "no table"},
    });
}

TEST(Html, paragraphs_without_room_are_lines) {
    expect_all({
        {"<p style='margin:0'>a</p><p style='margin:0'>b</p>", "a\nb"},
        {"<p style='margin:0cm;margin-bottom:.0001pt'>a<p style='MARGIN: 0 auto'>b", "a\nb"},
        {"<p style='margin-top:0px;margin-bottom:0px'>a</p>\n<p style='margin:0 0 1px'>b</p>",
         "a\nb"},
        {"<p style='margin:0'>a</p><p style='margin:0'>&nbsp;</p><p style='margin:0'>b</p>",
         "a\n\nb"},
        {"<p style='margin:0'>a</p><p style='margin:0'><br></p><p style='margin:0'>b</p>",
         "a\n\nb"},
        // Any room between two is enough.
        {"<p style='margin:0 0 1em'>a</p><p style='margin:0'>b</p>", "a\n\nb"},
        {"<p style='margin:0'>a</p><p style='margin:12px 0 0'>b</p>", "a\n\nb"},
        {"<p style='margin:0'>a</p><p>b</p>", "a\n\nb"},
        {"<p style='margin-top:0'>a</p><p style='margin-top:0'>b</p>", "a\n\nb"},
        {"<p style='margin:0;margin-bottom:9px'>a</p><p style='margin:0'>b</p>", "a\n\nb"},
        {"<p style='margin:0;padding:0 0 9px'>a</p><p style='margin:0'>b</p>", "a\n\nb"},
        {"<p style='margin:0;padding:0'>a</p><p style='margin:0;padding-top:9px'>b</p>", "a\n\nb"},
        {"<h1 style='margin:0'>a</h1><p style='margin:0'>b</p>", "a\n\nb"},
        // Cells have room of their own, those of a table with columns have not.
        {"<table><tr><td><p style='margin:0'>a</p></td></tr><tr><td><p style='margin:0'>b</p></td>"
         "</tr></table>",
         "a\n\nb"},
        {"<table><tr><td>x<td>y<tr><td><p style='margin:0'>a</p><td><p style='margin:0'>b</p></td>"
         "</tr><tr><td><p style='margin:0'>c</p></td></tr></table>",
         "x | y\na | b\nc"},
    });
}

TEST(Html, style_sheets_take_the_room_around_paragraphs) {
    const std::string word =
        "<style><!-- p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm;font-size:11pt;}"
        " p.Roomy{margin-bottom:8.0pt} --></style>";
    const std::string owa = "<style>P {margin-top:0;margin-bottom:0;} .x{margin:9px 0}</style>";
    EXPECT_EQ(html_to_text(word +
                           "<p class=MsoNormal>a<o:p></o:p></p><p class=MsoNormal>b</p>"
                           "<p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>c</p>"),
              "a\nb\n\nc");
    EXPECT_EQ(html_to_text(word + "<p class=MsoNormal>a</p><p>b</p><p class=Roomy>c</p>d"),
              "a\n\nb\n\nc\n\nd");
    EXPECT_EQ(html_to_text(word + "<p class=MsoNormal>a</p><p class=MsoNormal "
                                  "style='margin-bottom:9pt'>b</p><p class=MsoNormal>c</p>"),
              "a\nb\n\nc");
    // A table as Word writes it.
    EXPECT_EQ(html_to_text(
                  word + "<table><tr><td><p class=MsoNormal>a</p></td><td><p class=MsoNormal>b</p>"
                         "</td></tr><tr><td><p class=MsoNormal><o:p>&nbsp;</o:p></p></td><td>"
                         "<p class=MsoNormal>c</p></td></tr></table>"),
              "a | b\nc");
    EXPECT_EQ(html_to_text(owa + "<p>a</p><p>b</p><p class=x>c</p>"), "a\nb\n\nc");
    EXPECT_EQ(html_to_text("<style>table p, .a p, pre{margin:0}</style><p>a</p><p>b</p>"),
              "a\n\nb");
    EXPECT_EQ(html_to_text("<style>p{margin:0}p{margin:1em 0}</style><p>a</p><p>b</p>"), "a\n\nb");
    // An answer by a program that left the sheet out; a sheet with room.
    EXPECT_EQ(html_to_text("<p class=\"x_MsoNormal\">a</p><p class=MsoNormal>b</p>"), "a\nb");
    EXPECT_EQ(html_to_text("<style>p.MsoNormal{margin:0cm 0cm 8pt}</style><p class=MsoNormal>a</p>"
                           "<p class=MsoNormal>b</p>"),
              "a\n\nb");
    // The line above the head of what is answered.
    EXPECT_EQ(html_to_text(
                  word + "<p class=MsoNormal>a</p><div style='border:none;border-top:solid #E1E1E1 "
                         "1.0pt'><p class=MsoNormal>From: b</p></div>"),
              "a\n\nFrom: b");
}

TEST(Html, a_line_of_a_hard_space_is_an_empty_line) {
    expect_all({
        {"<div>a</div><div>&nbsp;</div><div>b</div>", "a\n\nb"},
        {"<div>a\n<div>&nbsp;\n<div>b</div></div></div>", "a\n\nb"},
        {"<div>a&nbsp;</div><div>b</div>", "a\nb"},
        {"<div>&nbsp;</div><div>b</div>", "b"},
        {"<ul><li>a</li><li>&nbsp;</li><li>b</li></ul>", "* a\n* b"},
        {"<table><tr><td>a</td></tr><tr><td><div>&nbsp;</div></td><td>b</td></tr></table>", "a\nb"},
        {"<table><tr><td>a</td><td><div>&nbsp;</div></td></tr><tr><td>b</td></tr></table>", "a\nb"},
    });
}

TEST(Html, hard_spaces_indent_with_those_between_them) {
    expect_all({
        {"<div>a</div><div>&nbsp; &nbsp; b&nbsp; c</div>", "a\n    b c"},
        {"<div>a<br>&nbsp; b<br> &nbsp;c</div>", "a\n  b\nc"},
    });
}

TEST(Html, check_boxes_say_whether_they_are_checked) {
    expect_all({
        {"<ul><li><input type=checkbox checked disabled> a</li><li><INPUT "
         "TYPE='CheckBox'>b</li></ul>",
         "* [x] a\n* [ ] b"},
        {"<input type=hidden checked value=x>a<input name=checkbox>", "a"},
    });
}

TEST(Html, images_say_their_alt_text) {
    expect_all({
        {"<img src=a alt='A cat'>", "A cat"},
        {"<img alt=One><img alt=Two>", "One Two"},
        {"Hi<img alt='\xF0\x9F\x98\x80'>!", "Hi\xF0\x9F\x98\x80!"},
        {"<img src=pixel.gif>x", "x"},
        {"<img alt='a &amp; b &lt;c>'>", "a & b <c>"},
    });
}

TEST(Html, preformatted_text_is_kept) {
    expect_all({
        {"<pre>\nint main() {\n    return 0;\n}\n</pre>x", "int main() {\n    return 0;\n}\n\nx"},
        {"<pre>a\n\n\nb</pre>", "a\n\n\nb"},
        {"<pre>a   b</pre>", "a   b"},
    });
}

TEST(Html, styles_keep_line_ends_and_break_lines) {
    expect_all({
        {"<div style='white-space:pre-wrap'>one\n  two\n\nthree</div>x", "one\n  two\n\nthree\nx"},
        {"<p><span style='white-space: pre-line'>one\n  two</span> and\nmore</p>",
         "one\ntwo and more"},
        {"<div style='white-space:pre'>a   b<i style='white-space:normal'> c\nd </i>\ne</div>",
         "a   b c d\ne"},
        {"<div style='white-space:pre-wrap'>\n  <p>a</p>\n  <p>b</p>\n</div>", "a\n\nb"},
        {"<td style='white-space:nowrap'>a\nb</td>", "a b"},
        {"<span style='display:block'>a</span><span style='display:block'>b</span>c", "a\nb\nc"},
        {"<a style='display:block' href='https://e.org/a'>A</a><a href='https://e.org/b'>B</a>",
         "A <https://e.org/a>\nB <https://e.org/b>"},
        {"<span style='display:block'>a<span>b</span>c</span>d", "abc\nd"},
        {"<span style='display:inline-block'>a</span>b", "ab"},
    });
}

TEST(Html, references_are_decoded) {
    expect_all({
        {"&lt;b&gt; &amp; &quot;x&quot;", "<b> & \"x\""},
        {"&eacute;&Eacute;&euro;&hellip;", "\xC3\xA9\xC3\x89\xE2\x82\xAC\xE2\x80\xA6"},
        {"&#233;&#xE9;&#XE9;&#233 x", "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9 x"},
        {"&#146;&#150;", "\xE2\x80\x99\xE2\x80\x93"}, // windows-1252
        {"AT&T R&D &unknown; &", "AT&T R&D &unknown; &"},
        {"&copy 2020 &copy2020", "\xC2\xA9 2020 \xC2\xA9"
                                 "2020"},
        {"&#0;&#xD800;&#99999999999;", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"a&nbsp;b", "a b"},
        {"a&#8232;b&#x202E;c&#27;[31m&#7;", "abc[31m"},
        {"&apos;&check;&nearr;", "'\xE2\x9C\x93\xE2\x86\x97"},
    });
}

TEST(Html, joiners_stay_between_letters_only) {
    // Persian needs the non-joiner, families of emoji need the joiner.
    expect_all({
        {"\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE", "\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE"},
        {"\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9",
         "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9"},
        {"a\xE2\x80\x8C"
         "b",
         "ab"},
        {"\xC2\xAD\xE2\x80\x8B"
         "soft\xC2\xADhyphen",
         "softhyphen"},
    });
}

TEST(Html, broken_markup_loses_no_text) {
    expect_all({
        {"a < b and c > d", "a < b and c > d"},
        {"I <3 you", "I <3 you"},
        {"<<b>>x", "<>x"},
        {"mail <ada@example.org> or <https://example.org/>",
         "mail <ada@example.org> or <https://example.org/>"},
        {"<a href=\"https://e.org/>text</a> and <b class=\"x\">more</b>",
         "text <https://e.org/> and more"},
        {"<p title='never closed>text", "text"},
        {"text <b", "text <b"},
        {"text </", "text </"},
        {"a</ div >b</>c", "abc"},
        {"</div></ul></table>x</blockquote>y", "x\ny"},
        {"<p title=\"a > b\">x", "x"},
        {"<p/>x<br / >y", "x\ny"},
        {"x<b\n\nclass\n=\n'y'\n>z", "xz"},
        {"\xFF\xFEx", "\xEF\xBF\xBD\xEF\xBF\xBDx"},
        {std::string_view("a\0b\x1B"
                          "c",
                          5),
         "abc"},
    });
}

TEST(Html, output_is_capped_at_a_character) {
    EXPECT_EQ(html_to_text("abcdef", {.output = 3}), "abc");
    EXPECT_EQ(html_to_text("a\xC3\xBC\xC3\xBC", {.output = 4}), "a\xC3\xBC");
    EXPECT_EQ(html_to_text("<p>a<p>b", {.output = 0}), "");
}

TEST(Html, a_letter_reads_well) {
    EXPECT_EQ(html_to_text(R"(<html><head><meta charset=utf-8><style>td{padding:0}</style></head>
<body style="margin:0">
<div style="display:none;font-size:1px;color:#fff;max-height:0">Your order has left us&nbsp;&zwnj;</div>
<table width="100%"><tr><td align=center><table width=600>
 <tr><td><a href="https://shop.example/"><img src="cid:logo" alt="Shop"></a></td></tr>
 <tr><td><h1>Thank you, Ada!</h1>
   <p>Your order <b>4711</b> is on its way.<br>It comes on Monday.</p></td></tr>
 <tr><td><table><tr><th>Item</th><th>Price</th></tr>
   <tr><td>Tea, 200&nbsp;g</td><td>&euro;&nbsp;6.50</td></tr>
   <tr><td>Total</td><td>&euro;&nbsp;6.50</td></tr></table></td></tr>
 <tr><td><ul><li>Track it <a href="https://shop.example/t/4711">here</a></li>
   <li>Questions: <a href="mailto:help@shop.example">help@shop.example</a></li></ul></td></tr>
</table></td></tr></table><img src="https://shop.example/p.gif" width=1 height=1></body></html>)"),
              "Shop <https://shop.example/>\n"
              "\n"
              "Thank you, Ada!\n"
              "\n"
              "Your order 4711 is on its way.\n"
              "It comes on Monday.\n"
              "\n"
              "Item | Price\n"
              "Tea, 200 g | \xE2\x82\xAC 6.50\n"
              "Total | \xE2\x82\xAC 6.50\n"
              "\n"
              "* Track it here <https://shop.example/t/4711>\n"
              "* Questions: help@shop.example");
}

} // namespace
} // namespace mailcast::text
