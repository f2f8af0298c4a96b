using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Vlm.Grpo.Reports;

/// <summary>Held-out questions with pictures, boxes, answers and reasons, to be filtered.</summary>
internal static class GallerySection
{
    private const int MostOptions = 60, MostBold = 60;

    private static readonly (Outcome Outcome, string Word)[] s_words =
    [
        (Outcome.Fixed, "fixed"), (Outcome.Broken, "broken"), (Outcome.StillWrong, "still wrong"), (Outcome.StillRight, "still right"),
        (Outcome.Right, "right"), (Outcome.Wrong, "wrong"), (Outcome.Unknown, "not known"),
    ];

    /// <summary>The section of a run; empty where no answers were kept.</summary>
    public static Html Of(RunView run)
    {
        if (run.HeldOut.Count == 0)
            return Html.None;
        string id = "gallery-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(run.Folder)))[..8];
        bool boxes = run.HeldOut.Any(one => one.Question.TruthBox is not null), compares = run.HeldOut.Any(one => one.Before is not null);
        Html some = run.HeldOut.Count == run.HeldOutCount ? Html.None : Html.Of($"""
            <p class="lead">{run.HeldOut.Count} of {run.HeldOutCount} questions are in this page, spread evenly over what became of them;
            the numbers above count all.</p>
            """);
        return Html.Of($"""
            <form class="filters" data-for="{id}" aria-label="Filter the held-out questions">
            <fieldset><legend>What became of them</legend>
            {Choice("", "all", run.HeldOutCount, isChosen: true)}
            {s_words.Where(word => run.Outcomes.ContainsKey(word.Outcome))
                .Select(word => Choice(Slug(word.Word), word.Word, run.Outcomes[word.Outcome], isChosen: false))}
            </fieldset>
            {Select("kind", "Kind", run.HeldOut.Select(one => one.Question.Kind))}
            {Select("reason", "Reason", run.HeldOut.SelectMany(ReasonsOf))}
            {Select("code", "Code", run.HeldOut.SelectMany(CodesOf))}
            <label>Words <input type="search" name="words" autocomplete="off" placeholder="question or answer" /></label>
            <output aria-live="polite">{run.HeldOut.Count} shown</output>
            </form>
            {some}
            {(boxes ? Legend(compares) : Html.None)}
            <div class="gallery" id="{id}">{run.HeldOut.Select(one => Card(run, one))}</div>
            <p class="none" hidden="hidden">No question is like that.</p>
            <p><button type="button" class="more" data-for="{id}" hidden="hidden">Show more</button></p>
            """);
    }

    private static Html Legend(bool compares) => Html.Of($"""
        <p class="legend"><span class="swatch truth"></span> true box
        {(compares ? new Html("<span class=\"swatch before\"></span> answered before ") : Html.None)}
        <span class="swatch after"></span> {(compares ? "answered after" : "answered")}</p>
        """);

    private static Html Card(RunView run, Compared one)
    {
        string word = Word(AnswerReader.Of(one)), slug = Slug(word);
        Html truth = one.Question.Truth is not { } right ? Html.None
            : Html.Of($"<div><dt>truth</dt><dd class=\"said{Long(right)}\">{right}</dd></div>");
        Html answers = one.Before is { } before ? Html.Join([Answer("before", one, before), Answer("after", one, one.After)])
            : Answer("answer", one, one.After);
        return Html.Of($"""
            <article class="card {slug}" data-outcome="{slug}" data-kind="{one.Question.Kind}"
              data-reason="|{string.Join('|', ReasonsOf(one))}|"{Coded(one)}>
            {PictureSvg.Of(run, one.Question.Picture, Boxes(one))}
            <div class="text"><p class="badges"><span class="badge {slug}">{word}</span><span class="kind">{one.Question.Kind}</span></p>
            <h4>{one.Question.Text}</h4>
            <dl>{truth}{answers}</dl></div>
            </article>

            """);
    }

    private static IEnumerable<PictureSvg.Drawn> Boxes(Compared one)
    {
        if (one.Question.TruthBox is { } truth)
            yield return new(truth, "truth", "the true box");
        if (one.Before?.Box is { } before)
            yield return new(before, "before", "the box answered before");
        if (one.After.Box is { } after)
            yield return new(after, "after", one.Before is null ? "the answered box" : "the box answered after");
    }

    private static Html Answer(string name, Compared one, Answered answer) => Html.Of($"""
        <div class="{(name == "before" ? "before" : "after")}"><dt>{name}</dt>
        <dd><span class="said{Long(answer.Text)}">{Shown(answer.Text)}</span> {Verdict(answer.Correct)} {Paid(one, answer)}{CodeList.Folded(answer.Codes)}</dd></div>

        """);

    private static Html Verdict(bool? correct) => correct is not { } right ? Html.None
        : new(right ? "<span class=\"verdict right\" role=\"img\" aria-label=\"right\">✓</span>"
            : "<span class=\"verdict wrong\" role=\"img\" aria-label=\"wrong\">✗</span>");

    // What is long is not set in bold.
    private static string Long(string text) => text.Length > MostBold ? " long" : "";

    /// <summary>An answer as it was written; one that is empty says so.</summary>
    internal static Html Shown(string text) => text.Trim().Length == 0 ? new("<em>nothing</em>") : Html.Of($"{text.Trim()}");

    private static Html Paid(Compared one, Answered answer)
    {
        // What the one part, or a part of this name, says below is not said twice.
        string[] said =
        [
            .. one.Question.TruthBox is null || answer.Parts.Any(part => part.Name == "iou") ? Array.Empty<string>()
                : [FormattableString.Invariant($"IoU {AnswerReader.Overlap(one, answer):0.00}")],
            .. double.IsNaN(answer.Reward) ? ["not scored"] : answer.Parts is [{ Weight: 1 }] ? Array.Empty<string>()
                : [FormattableString.Invariant($"reward {answer.Reward:0.00}")],
            .. answer.Truncated ? ["cut short"] : Array.Empty<string>(),
        ];
        return Html.Of($"<span class=\"paid\">{string.Join(", ", said)}</span>{PartList(answer)}");
    }

    /// <summary>What each reward gave, and why.</summary>
    internal static Html PartList(Answered answer)
    {
        Html why = answer.Parts.Count == 0 ? Html.Of($"{answer.Reason}") : Html.Join(answer.Parts.Select(Line));
        return Html.Of($"<span class=\"why\">{why}</span>");

        static Html Line(Part part) => Html.Of($"""
            <span><b>{part.Name}</b> {(double.IsNaN(part.Value) ? "–" : FormattableString.Invariant($"{part.Value:0.00}"))}
            <i>{(part.Reason == part.Name ? "" : part.Reason)}</i></span>
            """);
    }

    private static IEnumerable<string> ReasonsOf(Compared one) => one.After.Parts.Count > 0
        ? one.After.Parts.Select(part => $"{part.Name}: {Plain(part.Reason)}")
        : one.After.Reason.Length > 0 ? [Plain(one.After.Reason)] : [];

    // Of the last answer, each once.
    private static IEnumerable<string> CodesOf(Compared one) =>
        one.After.Codes?.Select(coded => coded.Code).Distinct().Select(code => code.ToString(CultureInfo.InvariantCulture)) ?? [];

    private static Html Coded(Compared one) =>
        one.After.Codes is null ? Html.None : Html.Of($" data-code=\"|{string.Join('|', CodesOf(one))}|\"");

    // Reasons stand between bars where they are looked for.
    private static string Plain(string reason) => ReasonText.Kind(reason).Replace('|', '/');

    private static string Word(Outcome outcome) => s_words.First(word => word.Outcome == outcome).Word;

    private static string Slug(string word) => word.Replace(' ', '-');

    private static Html Choice(string value, string word, int count, bool isChosen) => Html.Of($"""
        <label class="choice">
        <input type="radio" name="outcome" value="{value}"{(isChosen ? new Html(" checked=\"checked\"") : Html.None)} />
        <span>{word} <b>{count}</b></span></label>

        """);

    private static Html Select(string name, string title, IEnumerable<string> values)
    {
        (string Value, int Count)[] options = [.. values.GroupBy(value => value).OrderByDescending(same => same.Count())
            .ThenBy(same => same.Key, StringComparer.Ordinal).Select(same => (same.Key, same.Count())).Take(MostOptions)];
        return options.Length < 2 ? Html.None : Html.Of($"""
            <label>{title} <select name="{name}"><option value="">all</option>
            {options.Select(one => Html.Of($"<option value=\"{one.Value}\">{one.Value} ({one.Count})</option>"))}</select></label>
            """);
    }
}
