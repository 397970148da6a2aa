//! An affine layer is its formula, keeps its center, and standardizes as a scaler does.

use feedforward::data::StandardScaler;
use feedforward::layer::Affine;
use feedforward::parameter::Role;
use feedforward::*;
use ndarray::{Array1, Array2, array};

fn inputs(rows: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, 3), |(row, column)| 5.0 + ((row * 7 + column * 5) % 13) as f64 * (column + 1) as f64)
}

fn targets(rows: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, 2), |(row, column)| ((row * 3 + column) % 5) as f64 / 5.0)
}

fn layer() -> Affine<f64> {
    Affine::from_parameters(array![10.0, 20.0, 30.0], array![2.0, -0.5, 0.1], array![1.0, 0.0, -1.0]).unwrap()
}

#[test]
fn values_and_gradients_are_those_of_the_formula() {
    let (x, above) = (array![[11.0, 18.0, 30.0], [7.0, 24.0, 40.0]], array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let (mut layer, mut y, mut below) = (layer(), x.clone(), Array2::from_elem((2, 3), f64::NAN));
    layer.forward(&x, &mut y);
    assert_eq!(y, array![[3.0, 1.0, -1.0], [-5.0, -2.0, 0.0]]);
    layer.backward(&x, &y, &mut above.clone(), Some(&mut below));
    assert_eq!(below, array![[2.0, -1.0, 3.0 * 0.1], [8.0, -2.5, 6.0 * 0.1]]);
    let layer: &dyn Layer<f64> = &layer;
    let parameters = layer.parameters();
    assert_eq!(parameters.iter().map(|parameter| parameter.name()).collect::<Vec<_>>(), ["center", "scale", "shift"]);
    assert_eq!(parameters[0].gradients(), [0.0; 3]);
    assert_eq!(parameters[1].gradients(), [1.0 - 4.0 * 3.0, 2.0 * -2.0 + 5.0 * 4.0, 6.0 * 10.0]);
    assert_eq!(parameters[2].gradients(), [5.0, 7.0, 9.0]);
}

#[test]
fn it_is_the_identity_until_it_is_trained() {
    let network = Network::<f64>::builder(3).affine().build().unwrap();
    assert_eq!(network.predict(&inputs(4)).unwrap(), inputs(4));
    assert_eq!((network.parameter_count(), network.parameters_flat().len()), (9, 6));
}

#[test]
fn it_rounds_once_in_single_precision() {
    let layer = Affine::from_parameters(array![0.1_f32], array![3.0], array![-0.3]).unwrap();
    let mut y = array![[0.0_f32]];
    layer.infer(&array![[0.2]], &mut y);
    let exact = (f64::from(0.2_f32) - f64::from(0.1_f32)) * 3.0 - f64::from(0.3_f32);
    assert_eq!(y[[0, 0]], exact as f32);
    // Rounded after each step, the product would hide how far it is from 0.3.
    assert_ne!(y[[0, 0]], (0.2_f32 - 0.1) * 3.0 - 0.3);
}

#[test]
fn it_standardizes_as_a_scaler_does() {
    let (x, rows) = (inputs(40), 40.0);
    let mean = x.sum_axis(ndarray::Axis(0)) / rows;
    let deviation =
        Array1::from_shape_fn(3, |k| (x.column(k).iter().map(|x| (x - mean[k]).powi(2)).sum::<f64>() / rows).sqrt());
    let affine = Affine::from_parameters(mean, 1.0 / deviation, Array1::zeros(3)).unwrap();
    let network = Network::from_layers(vec![Box::new(affine)]).unwrap();
    let expected = StandardScaler::fit(&x).unwrap().transform(&x).unwrap();
    approx::assert_abs_diff_eq!(network.predict(&x).unwrap(), expected, epsilon = 1e-12);
}

#[test]
fn training_moves_scale_and_shift_but_never_the_center() {
    let start = || Network::builder(3).layer(|_, _| Ok(layer())).dense(2, Identity).seed(3);
    let data = Dataset::new(inputs(33), targets(33)).unwrap();
    let before = start().build().unwrap();
    let center = |network: &Network<f64>| network.parameters().next().unwrap().clone();
    assert_eq!((center(&before).role(), center(&before).is_trainable()), (Role::Constant, false));
    for frozen in [false, true] {
        let mut trained = before.clone();
        trained.set_frozen(0, frozen).unwrap();
        Trainer::new(3).batch_size(8).fit(&mut trained, &data, &Mse, &mut Adam::new(0.01).unwrap()).unwrap();
        solver::Lbfgs::new().fit(&mut trained, &data, &Mse, 3).unwrap();
        assert_eq!(center(&trained), center(&before));
        let values = |network: &Network<f64>| {
            network.parameters().skip(1).take(2).flat_map(|parameter| parameter.values().to_vec()).collect::<Vec<_>>()
        };
        assert_eq!(values(&trained) == values(&before), frozen);
    }
}

#[test]
fn its_derivative_by_the_inputs_is_the_scale() {
    let network = Network::from_layers(vec![Box::new(layer())]).unwrap();
    assert_eq!(network.jacobian(&[1.0, 2.0, 3.0]).unwrap(), array![[2.0, 0.0, 0.0], [0.0, -0.5, 0.0], [0.0, 0.0, 0.1]]);
}

#[test]
fn what_leaves_the_range_is_refused() {
    let far = Affine::from_parameters(array![-f64::MAX], array![1.0], array![0.0]).unwrap();
    let network = Network::from_layers(vec![Box::new(far)]).unwrap();
    let error = network.predict(&array![[f64::MAX]]).unwrap_err();
    assert!(error.to_string().contains("found inf"), "{error}");
}
