using Vlm.Rewards;
using Vlm.Tables;

namespace Vlm.Grpo.Reports;

/// <summary>Cells of the tables of a run as records. Runs of earlier versions lack columns: what these would hold is empty.</summary>
internal static class Cells
{
    /// <summary>The rows of a table of a run, whole or in parts, with those of the columns that it has.</summary>
    public static IEnumerable<TableRow> Rows(string folder, string name, params string[] columns) =>
        StepTable.Files(folder, name).SelectMany(file =>
        {
            HashSet<string> present = [.. ParquetFile.Columns(file).Select(column => column.Name)];
            return ParquetFile.Read(file, [.. columns.Where(present.Contains)]);
        });

    public static string? Text(this TableRow row, string column) => row.Has(column) ? row[column] as string : null;

    public static double Number(this TableRow row, string column) => row.Has(column) && row[column] is double value ? value : double.NaN;

    public static Box? Box(this TableRow row, string column) =>
        row.Has(column) && row[column] is object?[] { Length: 4 } edges && edges.All(edge => edge is double)
            ? new((double)edges[0]!, (double)edges[1]!, (double)edges[2]!, (double)edges[3]!) : null;

    public static IReadOnlyList<Part> Parts(this TableRow row) => !row.Has("scores") || row["scores"] is not object?[] parts ? [] :
    [
        .. parts.Cast<IReadOnlyDictionary<string, object?>>().Select(part => new Part(
            (string)part["name"]!, part["weight"] as double? ?? double.NaN, part["value"] as double? ?? double.NaN,
            part["reason"] as string ?? "")),
    ];

    public static Question Question(this TableRow row, string id) => new(
        row.Text(id) ?? "", row.Text("kind") ?? "", row.Text("question") ?? "", row.Text("truth"), row.Box("truth_box"),
        row.Text("picture"));

    public static Answered Answered(this TableRow row, string text) => new(
        row.Text(text) ?? "", row.Text("stop") == "length", row.Number("reward"), row.Text("reason") ?? "", row.Parts(),
        row.Has("correct") ? row["correct"] as bool? : null, row.Box("box"), row.Codes());

    /// <summary>The codes of an answer with the text that each brought about; null where the policy acts by tokens.</summary>
    public static IReadOnlyList<Coded>? Codes(this TableRow row)
    {
        // In rollouts tokens stand beside the actions only where these are something else.
        string column = row.Has("codes") ? "codes" : row.Has("tokens") && row["tokens"] is not null ? "actions" : "";
        if (column.Length == 0 || row[column] is not object?[] codes)
            return null;
        object?[]? pieces = row.Has("pieces") ? row["pieces"] as object?[] : null;
        return [.. codes.Select((code, i) => new Coded((long)code!, pieces?[i] as string))];
    }
}
