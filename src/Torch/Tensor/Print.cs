using System.Globalization;
using System.Text;

namespace TorchSharp;

/// <summary>What a tensor's text shows.</summary>
public enum TensorStringStyle
{
    Metadata = 0,
    Julia = 1,
    Numpy = 2,
    CSharp = 3,
    Default = 4,
}

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>"[2x3], type = Float32, device = cpu".</summary>
        public override string ToString() => _handle == 0
            ? "disposed tensor"
            : $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";

        /// <summary>Shape and type, or the numbers too: six of a dimension, with dots for the rest.</summary>
        /// <param name="style">Metadata shows no numbers; the others show them between brackets.</param>
        /// <param name="fltFormat">The format of one number; five digits if null.</param>
        /// <param name="width">Not needed: lines break between rows alone.</param>
        /// <param name="cultureInfo">The invariant culture if null.</param>
        /// <param name="newLine">Between rows; "\n" if null.</param>
        public string ToString(
            TensorStringStyle style, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null,
            string? newLine = null)
        {
            if (style == TensorStringStyle.Metadata)
                return ToString();

            using Tensor here = detach();
            using Tensor numbers = here.cpu().to(ScalarType.Float64, disposeAfter: true);
            var text = new StringBuilder();
            Write(text, numbers, fltFormat ?? "g5", cultureInfo ?? CultureInfo.InvariantCulture, newLine ?? "\n", 0);
            return style == TensorStringStyle.Numpy ? text.ToString() : $"{this}, value = {text}";
        }

        private static void Write(
            StringBuilder text, Tensor numbers, string format, CultureInfo culture, string newLine, int depth)
        {
            if (numbers.dim() == 0)
            {
                text.Append(numbers.item<double>().ToString(format, culture));
                return;
            }

            const int Ends = 3;
            long size = numbers.shape[0];
            text.Append('[');
            for (long i = 0; i < size; i++)
            {
                if (i > 0)
                    text.Append(numbers.dim() == 1 ? ", " : "," + newLine + new string(' ', depth + 1));
                if (i == Ends && size > 2 * Ends)
                {
                    text.Append("...");
                    i = size - Ends - 1;
                    continue;
                }
                using Tensor part = numbers.select(0, i);
                Write(text, part, format, culture, newLine, depth + 1);
            }
            text.Append(']');
        }
    }
}
